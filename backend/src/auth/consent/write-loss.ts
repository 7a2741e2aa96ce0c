import type { Types } from 'mongoose';
import { Mailbox, Rule, StagedEmail } from '../../models/index.ts';
import { chosenAccess, mayAct } from '../../models/fields/mail-access.ts';
import { openStagingStatuses } from '../../models/StagedEmail.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { isIn, missing } from '../../models/store/query-operators.ts';

/**
 * Tells the owner of a mailbox, once for each time it begins, that its newest token lacks the permission to change mail
 * although they let MSEDB act: they or an administrator have withdrawn it at Microsoft. Call it after a token was
 * renewed. Idempotent; the next renewal completes what a crash left.
 */
export async function followWriteConsent(mailboxId: Types.ObjectId): Promise<void> {
  const row = await Mailbox.findById(mailboxId, 'access grantedScopes writeLoss').lean();
  if (row === null) return;
  if (chosenAccess(row) === 'look' || mayAct(row)) {
    if (row.writeLoss !== undefined) await Mailbox.updateOne({ _id: mailboxId }, { $unset: { writeLoss: 1 } });
    return;
  }
  const begun = { $set: { writeLoss: { since: new Date() } } };
  if (row.writeLoss === undefined) await Mailbox.updateOne({ _id: mailboxId, writeLoss: missing() }, begun);
  await tellOwner(mailboxId);
}

async function tellOwner(mailboxId: Types.ObjectId): Promise<void> {
  const row = await Mailbox.findById(mailboxId, 'userId email writeLoss').lean();
  if (row?.writeLoss === undefined || row.writeLoss.toldAt !== undefined) return;
  const { since } = row.writeLoss;
  const [rules, staged] = await Promise.all([
    Rule.countDocuments({ mailboxId, scope: 'user', isEnabled: true }),
    StagedEmail.countDocuments({ mailboxId, status: isIn(openStagingStatuses) }),
  ]);
  await notifyOnce(occasionId(since, ['write loss', mailboxId.toHexString()]), {
    userId: row.userId,
    mailboxIds: [mailboxId],
    type: 'system',
    priority: 'high',
    title: 'Microsoft no longer lets MSEDB change mail',
    message:
      `The permission Mail.ReadWrite for ${row.email} was withdrawn at Microsoft. MSEDB goes on observing and suggesting. ` +
      `Enabled rules that do nothing meanwhile: ${rules}; messages that stay in the folder MSEDB Staging: ${staged}. ` +
      'To let MSEDB act again, sign in with /auth/login?access=act; if you did not withdraw it, ask an administrator of your organization.',
  });
  await Mailbox.updateOne({ _id: mailboxId, 'writeLoss.since': since }, { $set: { 'writeLoss.toldAt': new Date() } });
}
