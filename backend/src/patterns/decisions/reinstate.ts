import { Rule } from '../../models/index.ts';
import { type Decided, decide } from './decide.ts';
import type { PatternKey } from '../stored-pattern.ts';

/**
 * Enables the rule of a pattern again that drift, or a later decision, had disabled: approves the pattern, from any state,
 * and enables the rule as it is defined. Its actions are judged from this moment on. Idempotent.
 * @throws NotFoundError when the user has no such pattern; AppError 503 busy
 */
export function reinstateRule(key: PatternKey): Promise<Decided> {
  return decide(key, {
    to: 'approved',
    fromAnyState: true,
    action: 'pattern_approved',
    facts: { why: 'The owner enabled its rule again' },
    isDone: async ({ _id, status }) =>
      status === 'approved' && (await Rule.exists({ sourcePatternId: _id, isEnabled: true })) !== null,
  });
}
