import type { FilterQuery } from 'mongoose';
import { defined } from '../../lib/defined.ts';
import { type FolderKind, folderKindFinder } from '../../models/fields/folder-kinds.ts';
import { type IMailbox, Mailbox } from '../../models/index.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';
import type { EventWindow } from './event-window.ts';

/** Ids of the folders whose kind tells how mail found in them was treated. In any other folder it was moved there. */
export interface RestingPlaces {
  readonly inbox: RestingPlace;
  readonly deleted: RestingPlace;
  /** Mail in these says nothing: the owner's own mail, the staging folder, and what the mail server filters out. */
  readonly silent: RestingPlace;
}

export interface RestingPlace {
  readonly kinds: readonly FolderKind[];
  /** The folders that are of these kinds now. */
  readonly folderIds: readonly string[];
}

const silentKinds = ['drafts', 'outbox', 'sent', 'staging', 'junk'] as const;

/** Reads the resting places of the mailboxes of a window, by the present kinds of folders. @throws AppError 503 too_much */
export async function readRestingPlaces({ userId, mailboxId }: EventWindow): Promise<RestingPlaces> {
  const query = Mailbox.find(defined<FilterQuery<IMailbox>>({ userId, _id: mailboxId }), 'folders stagingFolderId')
    .maxTimeMS(queryTimeoutMs)
    .lean<Pick<IMailbox, 'folders' | 'stagingFolderId'>[]>();
  const kinds = (await withQueryTimeout(query.exec())).flatMap(kindsOf);
  const placeOf = (meant: readonly FolderKind[]): RestingPlace => ({
    kinds: meant,
    folderIds: kinds.flatMap(([id, kind]) => (meant.includes(kind) ? [id] : [])),
  });
  return { inbox: placeOf(['inbox']), deleted: placeOf(['deleted', 'recoverable']), silent: placeOf(silentKinds) };
}

function kindsOf({ folders, stagingFolderId }: Pick<IMailbox, 'folders' | 'stagingFolderId'>) {
  const kindOf = folderKindFinder({ folders, ...defined<Pick<IMailbox, 'stagingFolderId'>>({ stagingFolderId }) });
  const ids = folders.map(({ id }) => id);
  const all = stagingFolderId === undefined ? ids : [...ids, stagingFolderId];
  return all.map((id) => [id, kindOf(id)] as const);
}
