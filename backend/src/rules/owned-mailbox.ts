import type { Types } from 'mongoose';
import { mailboxNotFound } from '../lib/errors.ts';
import { type IMailbox, Mailbox } from '../models/index.ts';

/** What decisions and replays need of a mailbox. */
export type OwnedMailbox = { readonly _id: Types.ObjectId } & Pick<
  IMailbox,
  'userId' | 'folders' | 'stagingFolderId' | 'watchedSince' | 'blindWindows'
>;

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

/** What the folders of a mailbox are called, by id. */
export function folderNamesOf({ folders }: OwnedMailbox): ReadonlyMap<string, string> {
  return new Map(folders.map(({ id, displayName }) => [id, displayName]));
}
