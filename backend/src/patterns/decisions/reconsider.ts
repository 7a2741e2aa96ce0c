import { type Decided, decide } from './decide.ts';
import type { PatternKey } from '../stored-pattern.ts';

/**
 * Takes a rejection back: the pattern is a suggestion again, without a cooldown, until the next analysis decides anew.
 * Idempotent.
 * @throws NotFoundError when the user has no such pattern; AppError 409 illegal_transition for one that is not rejected
 */
export function reconsiderPattern(key: PatternKey): Promise<Decided> {
  return decide(key, {
    to: 'suggested',
    from: ['rejected'],
    action: 'pattern_reconsidered',
    facts: { why: 'The owner took the rejection back' },
    isDone: ({ status, reconsideredAt }) => status === 'suggested' && reconsideredAt !== undefined,
    fields: (at) => ({ reconsideredAt: at }),
    without: ['rejectionCooldownUntil'],
  });
}
