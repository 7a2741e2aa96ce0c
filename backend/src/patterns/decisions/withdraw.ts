import { type Decided, decide } from './decide.ts';
import type { PatternKey } from '../stored-pattern.ts';

/**
 * Withdraws an approval: disables the rule, and makes the pattern a suggestion again. Idempotent.
 * @throws NotFoundError when the user has no such pattern; AppError 409 illegal_transition
 */
export function withdrawApproval(key: PatternKey): Promise<Decided> {
  return decide(key, {
    to: 'suggested',
    from: ['approved'],
    action: 'pattern_withdrawn',
    facts: { why: 'The owner withdrew the approval' },
    isDone: ({ status, approvedAt }) => status === 'suggested' && approvedAt !== undefined,
  });
}
