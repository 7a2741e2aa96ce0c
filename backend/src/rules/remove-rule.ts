import type { Types } from 'mongoose';
import { Pattern, Rule } from '../models/index.ts';
import { withIntent } from '../models/store/intent-log.ts';
import type { StoredRule } from './stored-rule.ts';
import { rescueStagedOfRule } from './rescue-staged-of-rule.ts';
import { busy } from './change-rule.ts';
import { ruleIntent, ruleSnapshotOf } from './rule-intent.ts';
import { findChangeableRule, type PatternDecision, type RuleKey } from './stored-rules.ts';

const maxAttempts = 10;

/**
 * Deletes a rule, and marks what it has staged to be taken back. The approval of the pattern that it comes from is
 * withdrawn before, or deciding about the pattern would make the rule again. What is cut short can be repeated.
 * @returns where mail is to be taken back now
 * @param withdrawApproval takes the approval of the rule's pattern back: rules know nothing of how patterns are decided
 * @throws NotFoundError; AppError 403 admins_only, 503 busy
 */
export async function removeRule(key: RuleKey, withdrawApproval: PatternDecision): Promise<readonly Types.ObjectId[]> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const rule = await findChangeableRule(key);
    const withdrawn = await withdrawIfApproved(rule, withdrawApproval);
    if (withdrawn) continue;
    const before = ruleSnapshotOf(rule);
    const why = 'Deleted by hand';
    const intent = ruleIntent(rule, { action: 'rule_deleted', by: key.userId, before, after: null, why });
    const mailboxIds = await withIntent(intent, () => remove(rule));
    if (mailboxIds !== undefined) return mailboxIds;
  }
  throw busy();
}

/** @returns whether the rule has to be read again */
async function withdrawIfApproved(
  { sourcePatternId, userId }: StoredRule,
  withdrawApproval: PatternDecision,
): Promise<boolean> {
  if (sourcePatternId === undefined) return false;
  const approved = { _id: sourcePatternId, userId, status: 'approved' } as const;
  if ((await Pattern.exists(approved)) === null) return false;
  await withdrawApproval({ userId: userId.toString(), patternId: sourcePatternId.toString() });
  return true;
}

/** @returns undefined when somebody else has changed the rule: its pattern may be approved again */
async function remove({ _id, version }: StoredRule): Promise<Types.ObjectId[] | undefined> {
  const { deletedCount } = await Rule.deleteOne({ _id, version });
  return deletedCount === 0 ? undefined : rescueStagedOfRule(_id);
}
