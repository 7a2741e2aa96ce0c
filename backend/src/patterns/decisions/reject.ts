import { type Decided, decide } from './decide.ts';
import type { PatternKey } from '../stored-pattern.ts';

const cooldownDays = 30;
/** What is never suggested again is not suggested for a hundred years. */
const neverDays = 36_525;
const dayMs = 24 * 60 * 60_000;

export interface Rejection {
  /** It is not to be suggested again at all; otherwise not for 30 days. */
  readonly never?: boolean | undefined;
  /** In the owner's words. */
  readonly reason?: string | undefined;
}

/**
 * The owner says no. Rejecting again changes nothing, unless it is for ever now.
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
