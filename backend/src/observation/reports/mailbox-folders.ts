import { Types } from 'mongoose';
import { mailboxNotFound } from '../../lib/errors.ts';
import { pathFinder } from '../../models/fields/folder-chain.ts';
import { type IMailbox, type IMailFolder, Mailbox, MessageState } from '../../models/index.ts';
import { exists } from '../../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';

/** A folder of a mailbox, as a person chooses it. */
export interface ShownFolder {
  readonly id: string;
  readonly name: string;
  readonly kind: IMailFolder['kind'] | undefined;
  readonly parentId: string | undefined;
  /** Names of the folders above it and its own, the outermost first. */
  readonly path: readonly string[];
  /** True for the folder in which mail waits to be deleted. */
  readonly isStaging: boolean;
}

export interface ShownFolders {
  /** In the order of their paths. */
  readonly folders: readonly ShownFolder[];
  /** All changes of folders up to this time are known; undefined before the first synchronization has ended. */
  readonly syncedAt: Date | undefined;
}

/** Categories shown at most: a mailbox has a few dozen. */
const maxCategories = 200;

/** Reads the folders of a mailbox, without hidden ones. @throws NotFoundError; AppError 503 too_much */
export async function readShownFolders({
  userId,
  mailboxId,
}: {
  readonly userId: string;
  readonly mailboxId: string;
}): Promise<ShownFolders> {
  const fields = 'folders stagingFolderId lastSyncAt';
  const query = Mailbox.findOne({ userId, _id: mailboxId }, fields)
    .maxTimeMS(queryTimeoutMs)
    .lean<Pick<IMailbox, 'folders' | 'stagingFolderId' | 'lastSyncAt'>>();
  const mailbox = await withQueryTimeout(query.exec());
  if (mailbox === null) throw mailboxNotFound();
  const pathOf = pathFinder(mailbox.folders);
  const folders = mailbox.folders
    .filter(({ isHidden }) => isHidden !== true)
    .map(({ id, displayName: name, parentFolderId: parentId, kind }) => {
      return { id, name, parentId, kind, path: pathOf(id), isStaging: id === mailbox.stagingFolderId };
    })
    .toSorted((one, other) => compareNames(one.path, other.path));
  return { folders, syncedAt: mailbox.lastSyncAt };
}

function compareNames(one: readonly string[], other: readonly string[]): number {
  return one.join('\u0000').localeCompare(other.join('\u0000'), 'en', { sensitivity: 'base' });
}

/**
 * Reads the categories of the messages of a mailbox, the most frequent first. The index of the mailbox serves it.
 * @returns names with the number of messages that have them, at most 200
 * @throws AppError 503 too_much
 */
export async function readSeenCategories(mailboxId: string): Promise<{ name: string; messages: number }[]> {
  const query = MessageState.aggregate<{ _id: string; messages: number }>([
    { $match: { mailboxId: new Types.ObjectId(mailboxId), folderId: exists() } }, // what is gone is in no folder
    { $unwind: '$categories' },
    { $group: { _id: '$categories', messages: { $sum: 1 } } },
    { $sort: { messages: -1, _id: 1 } },
    { $limit: maxCategories },
  ]).option({ maxTimeMS: queryTimeoutMs });
  const rows = await withQueryTimeout(query.exec());
  return rows.map(({ _id: name, messages }) => ({ name, messages }));
}
