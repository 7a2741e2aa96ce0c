import { type Decided, decide } from './decide.ts';
import type { PatternKey } from '../stored-pattern.ts';

/**
 * The owner takes an approval back: the rule is disabled, and the pattern is a suggestion again. Withdrawing it a
 * second time changes nothing.
 * @throws NotFoundError when the user has no such pattern; AppError 409 illegal_transition
 */
export function withdrawApproval(key: PatternKey): Promise<Decided> {
  return decide(key, {
    to: 'suggested',
    action: 'pattern_withdrawn',
    facts: { why: 'The owner took the approval back' },
    isDone: ({ status, approvedAt }) => status === 'suggested' && approvedAt !== undefined,
  });
}
