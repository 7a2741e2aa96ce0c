import type { Types } from 'mongoose';
import { defined } from '../../lib/defined.ts';
import { mailboxNotFound } from '../../lib/errors.ts';
import { type DisconnectReason, Mailbox, Notification } from '../../models/index.ts';
import { occasionId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { auditConnection, type ConnectionAudit } from './connection-audit.ts';
import { reasonOf, withNumber } from '../microsoft/entra-reasons.ts';

/**
 * Ends the connection of a mailbox at its owner's request: deletes the tokens, keeps settings and history. Idempotent.
 * @throws NotFoundError when the user has no such mailbox
 */
export async function discardTokens(userId: Types.ObjectId, mailboxId: Types.ObjectId): Promise<void> {
  const { matchedCount } = await Mailbox.updateOne(
    { _id: mailboxId, userId, isConnected: true },
    endConnection('by_user'),
  );
  if (matchedCount === 1)
    await auditConnection({ userId, mailboxId, action: 'mailbox_disconnected', reason: 'by_user' });
  else if ((await Mailbox.exists({ _id: mailboxId, userId })) === null) throw mailboxNotFound();
}

export interface DeadGrant {
  readonly mailboxId: Types.ObjectId;
  /** The msalCacheVersion at which the tokens were found to be of no use. */
  readonly version: number;
  readonly reason: DisconnectReason;
  /** A short word for the cause. */
  readonly code: string;
  /** Entra ID's number for it. */
  readonly aadsts?: number | undefined;
}

/**
 * Notes that only its owner can bring a mailbox back, and tells them once, however many processes find out.
 * @returns whether the mailbox is disconnected now; not if its tokens have changed since `version`
 */
export async function markDisconnected({ mailboxId, version, reason, code, aadsts }: DeadGrant): Promise<boolean> {
  const sameTokens = { _id: mailboxId, isConnected: true, msalCacheVersion: version };
  const mailbox = await Mailbox.findOne(sameTokens, 'userId email connectedAt').lean();
  if (mailbox === null) return isDisconnected(mailboxId);
  const { userId, email, connectedAt } = mailbox;
  await notifyOnce(noticeIdOf(mailboxId, connectedAt), {
    userId,
    mailboxIds: [mailbox._id],
    type: 'system',
    priority: 'high',
    title: 'A mailbox must be connected again',
    message: `Microsoft requires you to sign in again for ${email}. Until then MSEDB does not monitor its mail.${explain(aadsts)}`,
  });
  const { matchedCount } = await Mailbox.updateOne(sameTokens, endConnection(reason));
  if (matchedCount === 1) {
    const action = 'mailbox_disconnected';
    await auditConnection(defined<ConnectionAudit>({ userId, mailboxId, action, reason, code, aadsts }));
    return true;
  }
  await withdrawIfReconnected(mailboxId, connectedAt);
  return isDisconnected(mailboxId);
}

/** Returns Entra ID's reason as a sentence after others; nothing when it is not known. */
function explain(aadsts: number | undefined): string {
  const reason = reasonOf(aadsts);
  return reason === undefined ? '' : ` ${withNumber(reason.message, aadsts)}.`;
}

/** Tokens that will not be used again are not kept; those that cannot be read may only lack their key. */
function endConnection(reason: DisconnectReason) {
  return {
    $set: { isConnected: false, disconnectedAt: new Date(), disconnectReason: reason },
    $inc: { msalCacheVersion: 1 },
    ...(reason === 'tokens_unreadable'
      ? {}
      : { $unset: { msalCache: 1, encryptedTokens: 1, grantedScopes: 1, scopesAt: 1 } }),
  };
}

async function isDisconnected(mailboxId: Types.ObjectId): Promise<boolean> {
  return (await Mailbox.exists({ _id: mailboxId, isConnected: true })) === null;
}

/** One id for each connection of a mailbox: two who find out write the same notification, and a crash loses none. */
function noticeIdOf(mailboxId: Types.ObjectId, connectedAt: Date | undefined): Types.ObjectId {
  const at = connectedAt ?? new Date(0);
  return occasionId(at, ['disconnected', mailboxId.toHexString()]);
}

/** The owner was faster: the notification is about a connection that is over. */
async function withdrawIfReconnected(mailboxId: Types.ObjectId, connectedAt: Date | undefined): Promise<void> {
  const now = await Mailbox.findOne({ _id: mailboxId, isConnected: true }, 'connectedAt').lean();
  if (now === null || now.connectedAt?.getTime() === connectedAt?.getTime()) return;
  await Notification.deleteOne({ _id: noticeIdOf(mailboxId, connectedAt) });
}
