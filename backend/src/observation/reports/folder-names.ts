import type { Types } from 'mongoose';
import { formatPath, pathFinder } from '../../models/fields/folder-chain.ts';
import { type IMailFolder, Mailbox } from '../../models/index.ts';
import { isIn } from '../../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';

/** A folder with its current name and path; null when the folder is unknown or no longer exists. */
interface NamedFolder {
  readonly id: string;
  readonly name: string | null;
  readonly path: string | null;
}

/** Returns the current name of a folder; null when the folder is unknown or no longer exists. */
export interface FolderNames {
  (mailboxId: string, folderId: string): string | null;
  readonly folder: (mailboxId: string, folderId: string) => NamedFolder;
}

/** Reads the current folder names of these mailboxes of a user. @throws AppError 503 too_much */
export async function readFolderNames(userId: string, mailboxIds: Iterable<string>): Promise<FolderNames> {
  const ids = [...new Set(mailboxIds)];
  const mailboxes = ids.length === 0 ? [] : await readFolders(userId, ids);
  const names = new Map(
    mailboxes.map(({ _id, folders = [] }) => {
      const named = new Map(folders.map(({ id, displayName }) => [id, displayName]));
      return [_id.toString(), { named, pathOf: pathFinder(folders) }];
    }),
  );
  const nameOf = (mailboxId: string, folderId: string) => names.get(mailboxId)?.named.get(folderId) ?? null;
  const folder = (mailboxId: string, folderId: string): NamedFolder => {
    const path = names.get(mailboxId)?.pathOf(folderId) ?? [];
    return { id: folderId, name: nameOf(mailboxId, folderId), path: path.length === 0 ? null : formatPath(path) };
  };
  return Object.assign(nameOf, { folder });
}

function readFolders(userId: string, ids: readonly string[]) {
  const query = Mailbox.find({ userId, _id: isIn(ids) }, 'folders.id folders.displayName folders.parentFolderId')
    .maxTimeMS(queryTimeoutMs)
    .lean<{ _id: Types.ObjectId; folders?: IMailFolder[] }[]>();
  return withQueryTimeout(query.exec());
}
