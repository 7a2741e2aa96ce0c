import type { Types } from 'mongoose';
import { StagedEmail } from '../models/StagedEmail.ts';

/**
 * Marks everything that a rule has staged to be taken back, because the rule is off. The mark is all that it takes: the
 * maintenance of the mailbox does the moving, as soon as nothing keeps it from writing.
 * @returns the mailboxes in which there is something of the rule to take back
 */
export async function rescueStagedOfRule(ruleId: Types.ObjectId): Promise<Types.ObjectId[]> {
  const $set = { status: 'rescuing', rescueReason: 'rule_off' } as const;
  await StagedEmail.updateMany({ ruleId, status: 'staged' }, { $set, $unset: { fault: 1, nextTryAt: 1 } });
  const rows = await StagedEmail.find({ ruleId, status: 'rescuing' }, 'mailboxId').lean();
  return [...new Map(rows.map(({ mailboxId }) => [mailboxId.toString(), mailboxId])).values()];
}
