import type { PatternStatus } from '../../models/index.ts';
import type { Blocker, PatternCandidate } from './candidate.ts';

type Found = Pick<PatternCandidate, 'status' | 'confidence' | 'threshold' | 'blockers'>;

/** Points of confidence that a suggestion may fall under its threshold, so that it does not come and go every night. */
const slack = 5;

/** What only means that there is a little less evidence than it takes. */
const lackOfEvidence: ReadonlySet<Blocker> = new Set(['bound', 'chance']);

/** What is stored of a pattern that analysis meets again. */
interface KnownPattern {
  readonly status: PatternStatus;
  readonly rejectionCooldownUntil?: Date | undefined;
}

/**
 * The state of a pattern after an analysis. What the owner approved stays so, and what they rejected until its cooldown
 * ends. A suggestion expires when it is not found, is five points under its threshold, or should not be made for another
 * reason; it comes back when it could be made anew.
 * @param known undefined for a pattern that is found for the first time
 * @param found undefined for a known pattern that was not found
 */
export function statusAfterAnalysis(
  known: KnownPattern | undefined,
  found: Found | undefined,
  now: Date,
): PatternStatus {
  const status = known?.status ?? 'detected';
  switch (status) {
    case 'approved':
      return status;
    case 'rejected': {
      const until = known?.rejectionCooldownUntil;
      return found === undefined || (until !== undefined && now < until) ? status : found.status;
    }
    case 'suggested':
      return found !== undefined && stillHolds(found) ? status : 'expired';
    case 'detected':
      return found?.status ?? 'expired';
    case 'expired':
      return found?.status === 'suggested' ? 'suggested' : status;
    default:
      return status satisfies never;
  }
}

function stillHolds({ confidence, threshold, blockers }: Found): boolean {
  return confidence >= threshold - slack && blockers.every((blocker) => lackOfEvidence.has(blocker));
}
