import { Rule } from '../../models/index.ts';
import { type Decided, decide } from './decide.ts';
import type { PatternKey } from '../stored-pattern.ts';

/**
 * The owner switches the rule of a pattern on again that drift, or a later decision, had switched off: the pattern is
 * approved from now on, whatever state it was in, and its rule is enabled with the words that it has. What the rule does
 * is judged anew from this moment. Where that is so already nothing changes.
 * @throws NotFoundError when the user has no such pattern; AppError 503 busy
 */
export function reinstateRule(key: PatternKey): Promise<Decided> {
  return decide(key, {
    to: 'approved',
    fromAnyState: true,
    action: 'pattern_approved',
    facts: { why: 'The owner switched its rule on again' },
    isDone: async ({ _id, status }) =>
      status === 'approved' && (await Rule.exists({ sourcePatternId: _id, isEnabled: true })) !== null,
  });
}
