import type { Types } from 'mongoose';
import { type IMailFolder, Mailbox } from '../../models/index.ts';
import { isIn } from '../../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';

/** Returns the current name of a folder; null when the folder is unknown or no longer exists. */
export type FolderNames = (mailboxId: string, folderId: string) => string | null;

/** Reads the current folder names of these mailboxes of a user. @throws AppError 503 too_much */
export async function readFolderNames(userId: string, mailboxIds: Iterable<string>): Promise<FolderNames> {
  const ids = [...new Set(mailboxIds)];
  if (ids.length === 0) return () => null;
  const query = Mailbox.find({ userId, _id: isIn(ids) }, 'folders.id folders.displayName')
    .maxTimeMS(queryTimeoutMs)
    .lean<{ _id: Types.ObjectId; folders?: Pick<IMailFolder, 'id' | 'displayName'>[] }[]>();
  const mailboxes = await withQueryTimeout(query.exec());
  const names = new Map(
    mailboxes.map(({ _id, folders = [] }) => [
      _id.toString(),
      new Map(folders.map(({ id, displayName }) => [id, displayName])),
    ]),
  );
  return (mailboxId, folderId) => names.get(mailboxId)?.get(folderId) ?? null;
}
