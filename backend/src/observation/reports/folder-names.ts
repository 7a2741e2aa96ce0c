import type { Types } from 'mongoose';
import { type IMailFolder, Mailbox } from '../../models/index.ts';
import { isIn } from '../../models/store/query-operators.ts';

/** Finds what a folder is called now; null for one that is not known, or not any more. */
export type FolderNames = (mailboxId: string, folderId: string) => string | null;

/** Reads what the folders of these mailboxes of a user are called. */
export async function readFolderNames(userId: string, mailboxIds: Iterable<string>): Promise<FolderNames> {
  const ids = [...new Set(mailboxIds)];
  if (ids.length === 0) return () => null;
  const mailboxes = await Mailbox.find(
    { userId, _id: isIn(ids) },
    'folders.id folders.displayName',
  )
    .lean<{ _id: Types.ObjectId; folders?: Pick<IMailFolder, 'id' | 'displayName'>[] }[]>()
    .exec();
  const names = new Map(
    mailboxes.map(({ _id, folders = [] }) => [
      _id.toString(),
      new Map(folders.map(({ id, displayName }) => [id, displayName])),
    ]),
  );
  return (mailboxId, folderId) => names.get(mailboxId)?.get(folderId) ?? null;
}
