import type { Types } from 'mongoose';
import { AppError, NotFoundError } from '../../lib/errors.ts';
import { Mailbox, User } from '../../models/index.ts';
import { chosenAccess, type MailAccess, mayAct } from '../../models/fields/mail-access.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import { auditConnection } from './connection-audit.ts';
import { findMailboxOf } from './mailbox-identity.ts';
import type { MicrosoftAccount } from '../microsoft/microsoft-account.ts';
import { sealedCache } from '../tokens/token-cache.ts';
import type { TokenVault } from '../tokens/token-vault.ts';

/** A grant that was just given, and the account it is for. */
export interface Grant {
  readonly account: MicrosoftAccount;
  /** In the form that MSAL serializes: a secret. */
  readonly serializedCache: string;
  /** What a mailbox that is new begins with; one that is known keeps its own. `act` when it is left out. */
  readonly access?: MailAccess;
}

/**
 * Connects a mailbox to a user, or connects it again: the row of the account gets the new grant and keeps all else, and
 * so do the rules, patterns and history that refer to it, whatever the mailbox is called by now. No other user's row is
 * touched.
 * @returns the mailbox's id
 * @throws AppError 403 guest_account, 409 mailbox_address_taken; NotFoundError when it is deleted at the same moment
 */
export async function connectMailbox(
  vault: TokenVault,
  userId: Types.ObjectId,
  { account, serializedCache, access = 'act' }: Grant,
): Promise<Types.ObjectId> {
  const mailboxId = await findOrCreateRow(vault, userId, { account, access });
  const { displayName } = account;
  const { matchedCount } = await Mailbox.updateOne(
    { _id: mailboxId, userId },
    {
      $set: {
        ...sealedCache(vault, mailboxId, serializedCache),
        isConnected: true,
        connectedAt: new Date(),
        ...(displayName !== undefined && { displayName }),
      },
      $unset: { disconnectedAt: 1, disconnectReason: 1, tokenRefusal: 1, writeLoss: 1 },
      $inc: { msalCacheVersion: 1 },
    },
  );
  if (matchedCount === 0) throw new NotFoundError('The mailbox was deleted in the meantime: connect it again');
  await auditConnection({ userId, mailboxId, action: 'mailbox_connected' });
  await User.updateOne({ _id: userId }, { $pull: { purgedMailboxes: account.microsoftId } });
  return mailboxId;
}

/**
 * Uses the grant of a sign-in for the person's own mailbox: a connected one gets the fresh tokens, one whose grant has
 * died is connected again, one that they never had is connected. What its owner disconnected or purged stays so.
 * @returns the mailbox's id while it is connected
 * @throws as connectMailbox
 */
export async function renewOwnMailbox(
  vault: TokenVault,
  userId: Types.ObjectId,
  grant: Grant,
): Promise<Types.ObjectId | undefined> {
  const { account, serializedCache } = grant;
  if (account.isGuest) return undefined;
  const mailboxId = await findMailboxOf(vault, userId, account);
  if (mailboxId === undefined) {
    const isPurged = await User.exists({ _id: userId, purgedMailboxes: account.microsoftId });
    return isPurged === null ? connectMailbox(vault, userId, grant) : undefined;
  }
  await followAddress(userId, mailboxId, account);
  const sealed = sealedCache(vault, mailboxId, serializedCache);
  if (await wouldNarrow(mailboxId, sealed)) return mailboxId;
  const { matchedCount } = await Mailbox.updateOne(
    { _id: mailboxId, userId, isConnected: true },
    {
      $set: sealed,
      $unset: { tokenRefusal: 1, writeLoss: 1 },
      $inc: { msalCacheVersion: 1 },
    },
  );
  if (matchedCount === 1) return mailboxId;
  const ended = await Mailbox.exists({ _id: mailboxId, userId, disconnectReason: 'by_user' });
  return ended === null ? connectMailbox(vault, userId, grant) : undefined;
}

/** A sign-in that asks to look leaves the tokens of a mailbox in which MSEDB acts: that is ended by its owner's word. */
async function wouldNarrow(mailboxId: Types.ObjectId, grant: ReturnType<typeof sealedCache>): Promise<boolean> {
  const row = await Mailbox.findOne({ _id: mailboxId, isConnected: true }, 'access grantedScopes tokenRefusal').lean();
  if (row === null || chosenAccess(row) === 'look' || row.tokenRefusal !== undefined) return false;
  return mayAct(row) && !mayAct({ grantedScopes: grant.grantedScopes ?? [] });
}

/** The id is needed before the tokens can be sealed for it, so a new row begins unconnected. */
async function findOrCreateRow(
  vault: TokenVault,
  userId: Types.ObjectId,
  { account, access }: { readonly account: MicrosoftAccount; readonly access: MailAccess },
): Promise<Types.ObjectId> {
  if (account.isGuest) throw guestMailbox();
  const known = await findMailboxOf(vault, userId, account);
  if (known !== undefined) {
    await followAddress(userId, known, account);
    return known;
  }
  const { tenantId, objectId, address: email } = account;
  if (email === undefined) throw noAddress();
  const identity = { userId, email, tenantId, objectId };
  try {
    return (await Mailbox.create({ ...identity, access, accessSince: new Date(), isConnected: false }))._id;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const created = await Mailbox.findOne({ userId, tenantId, objectId }, '_id').lean();
    if (created === null) throw addressTaken(error);
    return created._id; // connected twice at once
  }
}

/** A mailbox whose address has changed at Microsoft is shown under the new one, unless another row has it. */
async function followAddress(
  userId: Types.ObjectId,
  mailboxId: Types.ObjectId,
  { names, address }: MicrosoftAccount,
): Promise<void> {
  const row = await Mailbox.findOne({ _id: mailboxId, userId }, 'email').lean();
  if (row === null || address === undefined || [...names, address].includes(row.email)) return;
  try {
    const { modifiedCount } = await Mailbox.updateOne(
      { _id: mailboxId, email: row.email },
      { $set: { email: address } },
    );
    if (modifiedCount === 1)
      await auditConnection({ userId, mailboxId, action: 'mailbox_renamed', from: row.email, to: address });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

function addressTaken(cause: unknown): AppError {
  return new AppError(
    409,
    'mailbox_address_taken',
    'You have a mailbox of another Microsoft account under this address: its rules and history are not handed over. Delete that mailbox with its data first, then connect this one',
    { cause },
  );
}

function guestMailbox(): AppError {
  return new AppError(
    403,
    'guest_account',
    'This is a guest account, and its mailbox is in another organization: connect the account of that organization',
  );
}

function noAddress(): AppError {
  return new AppError(
    403,
    'no_address',
    'Microsoft names no address for this account: it may have no mailbox; ask an administrator of your organization',
  );
}
