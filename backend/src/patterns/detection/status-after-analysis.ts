import type { PatternStatus } from '../../models/index.ts';
import type { Blocker, PatternCandidate } from './candidate.ts';

type FoundPattern = Pick<PatternCandidate, 'status' | 'confidence' | 'threshold' | 'blockers' | 'evidence'>;

/** Points of confidence by which a suggestion may fall below its threshold, so that it does not alternate nightly. */
const slack = 2.5;

/** Blockers that only mean slightly too little evidence. */
const lackOfEvidence: ReadonlySet<Blocker> = new Set(['bound', 'opened', 'recent']);

/** Of the newest messages of a suggestion that is shown, so many must follow: one less than before it is shown. */
const newest = 5;
const leastOfNewest = 3;

/** The stored part of a known pattern that decides its next status. */
interface KnownPattern {
  readonly status: PatternStatus;
  readonly rejectionCooldownUntil?: Date | undefined;
}

/**
 * Returns the status of a pattern after an analysis. Approved patterns stay approved, and rejected ones stay rejected
 * until their cooldown ends. A suggestion expires when it is not found, is more than 2.5 points below its threshold, when
 * fewer than three of the newest five messages follow, or when it has another blocker; an expired one returns when it could be suggested again.
 * @param known undefined for a pattern that is found for the first time
 * @param found undefined for a known pattern that was not found
 */
export function statusAfterAnalysis(
  known: KnownPattern | undefined,
  found: FoundPattern | undefined,
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

function stillHolds({ confidence, threshold, blockers, evidence }: FoundPattern): boolean {
  const lately = evidence.slice(0, newest);
  const exceptions = lately.filter(({ isException }) => isException).length;
  if (exceptions > newest - leastOfNewest) return false;
  return confidence >= threshold - slack && blockers.every((blocker) => lackOfEvidence.has(blocker));
}
