import type { Types } from 'mongoose';
import { StagedEmail } from '../../models/StagedEmail.ts';

/**
 * Marks all mail that a rule has staged for rescue, because the rule is off. The maintenance of the mailbox moves it.
 * @param mailboxId the only mailbox in which it is off; all if left out
 * @returns ids of the mailboxes in which mail of the rule waits to be rescued
 */
export async function rescueStagedOfRule(
  ruleId: Types.ObjectId,
  mailboxId?: Types.ObjectId,
): Promise<Types.ObjectId[]> {
  const ofRule = { ruleId, ...(mailboxId === undefined ? {} : { mailboxId }) };
  const $set = { status: 'rescuing', rescueReason: 'rule_off' } as const;
  await StagedEmail.updateMany({ ...ofRule, status: 'staged' }, { $set, $unset: { fault: 1, nextTryAt: 1 } });
  const rows = await StagedEmail.find({ ...ofRule, status: 'rescuing' }, 'mailboxId').lean();
  return [...new Map(rows.map((row) => [row.mailboxId.toString(), row.mailboxId])).values()];
}
