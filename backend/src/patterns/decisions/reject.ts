import { dayMs } from '../../lib/durations.ts';
import { type Decided, decide } from './decide.ts';
import type { PatternKey } from '../stored-pattern.ts';

const cooldownDays = 30;
/** Never suggested again: not for a hundred years. */
const neverDays = 36_525;

export interface Rejection {
  /** True: it is never suggested again; otherwise not for 30 days. */
  readonly never?: boolean | undefined;
  /** A reason as the owner wrote it. */
  readonly reason?: string | undefined;
}

/**
 * Rejects a pattern. Rejecting it again changes nothing, unless it is now never to be suggested again.
 * @throws NotFoundError when the user has no such pattern; AppError 409 illegal_transition
 */
export function rejectPattern(key: PatternKey, { never = false, reason }: Rejection = {}): Promise<Decided> {
  const days = never ? neverDays : cooldownDays;
  return decide(key, {
    to: 'rejected',
    action: 'pattern_rejected',
    facts: { why: reason ?? 'Rejected without a reason given', cooldownDays: days },
    isDone: ({ status, rejectedAt, rejectionCooldownUntil }) =>
      status === 'rejected' && (!never || lasts(neverDays, rejectedAt, rejectionCooldownUntil)),
    fields: (at) => ({ rejectionCooldownUntil: new Date(at.getTime() + days * dayMs) }),
  });
}

function lasts(days: number, from: Date | undefined, until: Date | undefined): boolean {
  return from !== undefined && until !== undefined && until.getTime() - from.getTime() >= days * dayMs;
}
