import type { Types } from 'mongoose';
import { Pattern, Rule } from '../../models/index.ts';
import { withIntent } from '../../models/store/intent-log.ts';
import type { StoredRule } from '../stored-rule.ts';
import { rescueStagedOfRule } from './rescue-staged-of-rule.ts';
import { forgetAnswers } from '../organization/answer-rule.ts';
import { busy } from './change-rule.ts';
import { liftSuspension } from '../places/suspensions.ts';
import { ruleIntent, ruleSnapshotOf } from './rule-intent.ts';
import { findChangeableRule, type PatternDecision, type RuleKey } from '../stored-rules.ts';

const maxAttempts = 10;

/**
 * Deletes a rule, and marks the mail it has staged for rescue. Withdraws the approval of its pattern first, or a later
 * decision about the pattern would create the rule again. An interrupted deletion can be repeated.
 * @param withdrawApproval withdraws the approval of the rule's pattern
 * @returns ids of the mailboxes in which mail waits to be rescued
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
    if (mailboxIds === undefined) continue;
    await liftSuspension(rule);
    await forgetAnswers(rule);
    return mailboxIds;
  }
  throw busy();
}

/** @returns true if an approval was withdrawn: the rule has changed, and must be read again */
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

/** @returns undefined if another change was first: the pattern may be approved again */
async function remove({ _id, version }: StoredRule): Promise<Types.ObjectId[] | undefined> {
  const { deletedCount } = await Rule.deleteOne({ _id, version });
  return deletedCount === 0 ? undefined : rescueStagedOfRule(_id);
}
