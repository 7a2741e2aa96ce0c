import type { Types } from 'mongoose';
import { AuditLog, type DisconnectReason, Mailbox, Notification } from '../models/index.ts';
import { mailboxNotFound, NotFoundError } from '../lib/errors.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { isDuplicateKey } from '../models/store/duplicate-key.ts';
import { notifyOnce } from '../models/store/notify-once.ts';
import type { Redeemed } from './msal.ts';
import { sealedCache } from './token-cache.ts';
import type { TokenVault } from './token-vault.ts';

/**
 * Connects a mailbox to a user, or connects it again: the row of {user, address} gets the new grant and keeps all
 * else, and so do the rules, patterns and history that refer to it. No other user's row is touched.
 * @returns the mailbox's id
 * @throws NotFoundError when it is deleted at the same moment
 */
export async function connectMailbox(
  vault: TokenVault,
  userId: Types.ObjectId,
  { account, serializedCache }: Redeemed,
): Promise<Types.ObjectId> {
  const mailboxId = await findOrCreateRow(userId, account.username);
  const { matchedCount } = await Mailbox.updateOne(
    { _id: mailboxId, userId },
    {
      $set: {
        ...sealedCache(vault, mailboxId, serializedCache),
        isConnected: true,
        connectedAt: new Date(),
        tenantId: account.tenantId,
        ...(account.displayName !== undefined && { displayName: account.displayName }),
      },
      $unset: { disconnectedAt: 1, disconnectReason: 1 },
      $inc: { msalCacheVersion: 1 },
    },
  );
  if (matchedCount === 0) throw new NotFoundError('The mailbox was deleted in the meantime: connect it again');
  await audit({ userId, mailboxId, action: 'mailbox_connected' });
  return mailboxId;
}

/** The id is needed before the tokens can be sealed for it, so a new row begins unconnected. */
async function findOrCreateRow(userId: Types.ObjectId, email: string): Promise<Types.ObjectId> {
  const known = await Mailbox.findOne({ userId, email }, '_id').lean();
  if (known !== null) return known._id;
  try {
    return (await Mailbox.create({ userId, email, isConnected: false }))._id;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return (await Mailbox.findOne({ userId, email }, '_id').lean().orFail())._id;
  }
}

/**
 * Ends the connection of a mailbox at its owner's request: deletes the tokens, keeps settings and history. Idempotent.
 * @throws NotFoundError when the user has no such mailbox
 */
export async function discardTokens(userId: Types.ObjectId, mailboxId: Types.ObjectId): Promise<void> {
  const { matchedCount } = await Mailbox.updateOne(
    { _id: mailboxId, userId, isConnected: true },
    endConnection('by_user'),
  );
  if (matchedCount === 1) await audit({ userId, mailboxId, action: 'mailbox_disconnected', reason: 'by_user' });
  else if ((await Mailbox.exists({ _id: mailboxId, userId })) === null) throw mailboxNotFound();
}

export interface DeadGrant {
  readonly mailboxId: Types.ObjectId;
  /** The msalCacheVersion at which the tokens were found to be of no use. */
  readonly version: number;
  readonly reason: DisconnectReason;
  /** What exactly was found, in a short word. */
  readonly code: string;
}

/**
 * Notes that only its owner can bring a mailbox back, and tells them once, however many processes find out.
 * @returns whether the mailbox is disconnected now; not if its tokens have changed since `version`
 */
export async function markDisconnected({ mailboxId, version, reason, code }: DeadGrant): Promise<boolean> {
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
    message: `Microsoft requires you to sign in again for ${email}. Until then MSEDB does not monitor its mail.`,
  });
  const { matchedCount } = await Mailbox.updateOne(sameTokens, endConnection(reason));
  if (matchedCount === 1) {
    await audit({ userId, mailboxId, action: 'mailbox_disconnected', reason, code });
    return true;
  }
  await withdrawIfReconnected(mailboxId, connectedAt);
  return isDisconnected(mailboxId);
}

/** Tokens that will not be used again are not kept; those that cannot be read may only lack their key. */
function endConnection(reason: DisconnectReason) {
  return {
    $set: { isConnected: false, disconnectedAt: new Date(), disconnectReason: reason },
    $inc: { msalCacheVersion: 1 },
    ...(reason === 'tokens_unreadable' ? {} : { $unset: { msalCache: 1, encryptedTokens: 1 } }),
  };
}

async function isDisconnected(mailboxId: Types.ObjectId): Promise<boolean> {
  return (await Mailbox.exists({ _id: mailboxId, isConnected: true })) === null;
}

/** One id for each connection of a mailbox: two who find out write the same notification, and a crash loses none. */
function noticeIdOf(mailboxId: Types.ObjectId, connectedAt: Date | undefined): Types.ObjectId {
  const at = connectedAt ?? new Date(0);
  return deterministicId(at, ['disconnected', mailboxId.toHexString(), String(at.getTime())]);
}

/** The owner was faster: the notification is about a connection that is over. */
async function withdrawIfReconnected(mailboxId: Types.ObjectId, connectedAt: Date | undefined): Promise<void> {
  const now = await Mailbox.findOne({ _id: mailboxId, isConnected: true }, 'connectedAt').lean();
  if (now === null || now.connectedAt?.getTime() === connectedAt?.getTime()) return;
  await Notification.deleteOne({ _id: noticeIdOf(mailboxId, connectedAt) });
}

interface ConnectionAudit {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly action: 'mailbox_connected' | 'mailbox_disconnected';
  readonly reason?: DisconnectReason;
  readonly code?: string;
}

async function audit({ userId, mailboxId, action, ...details }: ConnectionAudit): Promise<void> {
  await AuditLog.create({
    userId,
    mailboxId,
    action,
    targetType: 'mailbox',
    targetId: mailboxId.toHexString(),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  });
}
