import { z } from 'zod';
import { ruleDraft } from './rule-draft.ts';
import type { StoredRule } from './stored-rule.ts';
import { isSameEffect, wordsOf } from './rule-definition.ts';

const { name, conditions, action } = ruleDraft.shape;
/** What an entry says of a rule at one moment. */
export const ruleSnapshot = z.object({
  name,
  conditions,
  actions: z.array(action),
  isEnabled: z.boolean(),
  version: z.number(),
});
const update = z.object({ before: ruleSnapshot, after: ruleSnapshot });

/** Whether a rule has ever become what an open entry says. Once it was changed again that cannot be told: it counts as if. */
export function cameTrue(rule: StoredRule, details: unknown): boolean {
  const { success, data } = update.safeParse(details);
  if (!success) return true;
  const { after } = data;
  if (rule.version !== after.version) return rule.version > after.version;
  const now = wordsOf(rule);
  return now.name === after.name && isSameEffect(now, after) && rule.isEnabled === after.isEnabled;
}

/** Whether an entry tells of a rule that was switched off. */
export function switchedOff(details: unknown): boolean {
  const { success, data } = update.safeParse(details);
  return success && data.before.isEnabled && !data.after.isEnabled;
}
