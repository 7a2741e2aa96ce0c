import type { Types } from 'mongoose';
import { StagedEmail } from '../models/StagedEmail.ts';

/**
 * Marks all mail that a rule has staged for rescue, because the rule is off. The maintenance of the mailbox moves it.
 * @returns ids of the mailboxes in which mail of the rule waits to be rescued
 */
export async function rescueStagedOfRule(ruleId: Types.ObjectId): Promise<Types.ObjectId[]> {
  const $set = { status: 'rescuing', rescueReason: 'rule_off' } as const;
  await StagedEmail.updateMany({ ruleId, status: 'staged' }, { $set, $unset: { fault: 1, nextTryAt: 1 } });
  const rows = await StagedEmail.find({ ruleId, status: 'rescuing' }, 'mailboxId').lean();
  return [...new Map(rows.map(({ mailboxId }) => [mailboxId.toString(), mailboxId])).values()];
}
