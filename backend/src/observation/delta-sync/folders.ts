import { sendBatch } from '../../graph/batch.ts';
import type { GraphClient } from '../../graph/client.ts';
import type { DeltaItem } from '../../graph/delta.ts';
import { concernsMailbox, isLinkRefused } from '../../graph/errors.ts';
import { type ChangedFolder, foldersDelta, getFolder, wellKnownFolders } from '../../graph/folders.ts';
import { pages } from '../../graph/paging.ts';
import type { SendOptions } from '../../graph/request.ts';
import type { WellKnownKind, IMailFolder } from '../../models/index.ts';
import { defined } from '../../lib/defined.ts';

/** Key of the link for the list of folders; the other keys of `deltaLinks` are folder ids. */
export const foldersKey = 'mailFolders';

const kindOf = {
  inbox: 'inbox',
  archive: 'archive',
  deleteditems: 'deleted',
  drafts: 'drafts',
  junkemail: 'junk',
  sentitems: 'sent',
  outbox: 'outbox',
} as const satisfies Record<(typeof wellKnownFolders)[number], WellKnownKind>;

export interface FolderChanges {
  /** All current folders. */
  readonly folders: IMailFolder[];
  /** Ids of folders that no longer exist. */
  readonly removed: readonly string[];
  /** The delta link for the next reading. */
  readonly link: string;
}

/**
 * Updates the list of a mailbox's folders.
 * @param known the stored list
 * @param link the delta link of the last reading; when it is left out, or too old, all folders are read
 * @throws GraphError; what getToken throws; the signal's reason when it is aborted
 */
export async function readFolders(
  client: GraphClient,
  known: readonly IMailFolder[],
  link: string | undefined,
  options: SendOptions,
): Promise<FolderChanges> {
  const before = new Map(known.map((folder) => [folder.id, folder]));
  const { items, link: nextLink, isWhole } = await readChanges(client, link, options);
  const folders = new Map(isWhole ? [] : before);
  for (const entry of items) {
    if (entry.removed) folders.delete(entry.id);
    else folders.set(entry.item.id, changedFolder(before.get(entry.item.id), entry.item));
  }
  const hasNew = [...folders.keys()].some((id) => !before.has(id));
  if ((hasNew || isWhole) && lacksKind(folders)) await addKinds(client, folders, options);
  const removed = [...before.keys()].filter((id) => !folders.has(id));
  return { folders: [...folders.values()], removed, link: nextLink };
}

interface Changes {
  readonly items: readonly DeltaItem<ChangedFolder>[];
  readonly link: string;
  /** True when these are all folders, false when only the changed ones. */
  readonly isWhole: boolean;
}

async function readChanges(client: GraphClient, link: string | undefined, options: SendOptions): Promise<Changes> {
  try {
    return await readDelta(client, link, options);
  } catch (error) {
    if (link === undefined || !isLinkRefused(error)) throw error;
    return readDelta(client, undefined, options);
  }
}

async function readDelta(client: GraphClient, link: string | undefined, options: SendOptions): Promise<Changes> {
  const items: DeltaItem<ChangedFolder>[] = [];
  let deltaLink = '';
  for await (const page of pages(client, foldersDelta(link), options)) {
    items.push(...page.items);
    deltaLink = page.deltaLink ?? deltaLink;
  }
  return { items, link: deltaLink, isWhole: link === undefined };
}

/** Merges a changed folder into the stored one: Graph may leave out unchanged properties. */
function changedFolder(before: IMailFolder | undefined, folder: ChangedFolder): IMailFolder {
  return defined<IMailFolder>({
    ...before,
    id: folder.id,
    displayName: folder.displayName ?? before?.displayName ?? folder.id,
    parentFolderId: folder.parentFolderId ?? before?.parentFolderId,
  });
}

function lacksKind(folders: ReadonlyMap<string, IMailFolder>): boolean {
  return [...folders.values()].filter(({ kind }) => kind !== undefined).length < wellKnownFolders.length;
}

/**
 * Finds the folders behind the well-known names, and stores their kinds. A mailbox may lack some of them, and whatever
 * else is answered to a single name counts as missing for now: it is asked for again at the next chance.
 */
async function addKinds(client: GraphClient, folders: Map<string, IMailFolder>, options: SendOptions): Promise<void> {
  const answers = await sendBatch(client, wellKnownFolders.map(getFolder), options);
  for (const [index, name] of wellKnownFolders.entries()) {
    const answer = answers[index];
    if (answer?.ok === true) {
      const { id } = answer.value;
      folders.set(id, { ...changedFolder(folders.get(id), answer.value), kind: kindOf[name] });
    } else if (answer !== undefined && concernsMailbox(answer.error)) throw answer.error;
  }
}
