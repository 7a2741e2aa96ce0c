import type { Types } from 'mongoose';
import { Mailbox } from '../../models/index.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { isNot } from '../../models/store/query-operators.ts';
import { reasonOf, withNumber } from '../microsoft/entra-reasons.ts';
import { AccessBlockedError, type MicrosoftRefusedError, type RefusalCause } from '../errors.ts';

/** A refusal of Entra ID, for the log and for admins. It names no person. */
export interface Refusal extends RefusalCause {
  /** At a sign-in, when a token was needed for a mailbox, or on the way back from the admin-consent link. */
  readonly at: 'sign-in' | 'token' | 'admin consent';
  readonly mailboxId?: string | undefined;
}

/** Logs a refusal, and tells admins when one of them or of the organization must act. */
export type ReportRefusal = (refusal: Refusal) => Promise<void>;

/**
 * Records that Microsoft refuses tokens of a mailbox although its grant may be good, and reports it. Its owner is told
 * when a policy is the reason, once for each time it begins.
 */
export async function noteRefusal(
  mailboxId: Types.ObjectId,
  error: MicrosoftRefusedError,
  report: ReportRefusal,
): Promise<void> {
  const { reason: code, aadsts } = error;
  await report({ at: 'token', reason: code, aadsts, mailboxId: mailboxId.toHexString() });
  const since = new Date();
  const tokenRefusal = { code, since, ...(aadsts !== undefined && { aadsts }) };
  const begun = await Mailbox.findOneAndUpdate(
    { _id: mailboxId, isConnected: true, 'tokenRefusal.code': isNot(code) },
    { $set: { tokenRefusal } },
    { projection: 'userId email' },
  ).lean();
  if (begun === null || !(error instanceof AccessBlockedError)) return;
  const reason = reasonOf(aadsts);
  await notifyOnce(occasionId(since, ['blocked', mailboxId.toHexString(), code]), {
    userId: begun.userId,
    mailboxIds: [mailboxId],
    type: 'system',
    priority: 'high',
    title: 'Microsoft blocks access to a mailbox',
    message: `MSEDB cannot read ${begun.email} at the moment. ${withNumber(reason?.message ?? error.message, aadsts)}. MSEDB keeps trying, and continues by itself.`,
  });
}

/** Records that Microsoft gives tokens of a mailbox again. */
export async function clearRefusal(mailboxId: Types.ObjectId): Promise<void> {
  await Mailbox.updateOne({ _id: mailboxId }, { $unset: { tokenRefusal: 1 } });
}
