import type { Types } from 'mongoose';
import { mailboxNotFound } from '../lib/errors.ts';
import { type IMailbox, Mailbox } from '../models/index.ts';

/** The part of a mailbox that rules, decisions and replays need. */
export type OwnedMailbox = { readonly _id: Types.ObjectId } & Pick<
  IMailbox,
  'userId' | 'folders' | 'stagingFolderId' | 'watchedSince' | 'blindWindows'
>;

/** The part of a mailbox that rules check their folders against. */
export type RuleFolders = Pick<OwnedMailbox, 'folders' | 'stagingFolderId'>;

/** @throws NotFoundError when the user has no such mailbox */
export async function readOwnedMailbox({
  userId,
  mailboxId,
}: {
  readonly userId: string | Types.ObjectId;
  readonly mailboxId: string | Types.ObjectId;
}): Promise<OwnedMailbox> {
  const fields = 'userId folders stagingFolderId watchedSince blindWindows';
  const mailbox = await Mailbox.findOne({ userId, _id: mailboxId }, fields).lean<OwnedMailbox>();
  if (mailbox === null) throw mailboxNotFound();
  return mailbox;
}

/** Returns the display names of a mailbox's folders, by id. */
export function folderNamesOf({ folders }: OwnedMailbox): ReadonlyMap<string, string> {
  return new Map(folders.map(({ id, displayName }) => [id, displayName]));
}
