import { sendBatch } from '../../graph/batch.ts';
import type { GraphClient } from '../../graph/client.ts';
import type { DeltaItem } from '../../graph/delta.ts';
import { ItemNotFoundError, ResyncRequiredError } from '../../graph/errors.ts';
import { type ChangedFolder, foldersDelta, getFolder, wellKnownFolders } from '../../graph/folders.ts';
import { pages } from '../../graph/paging.ts';
import type { SendOptions } from '../../graph/request.ts';
import type { WellKnownKind, IMailFolder } from '../../models/index.ts';
import { defined } from '../../lib/defined.ts';

/** The key of the folders' own link among the links of the folders. */
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
  /** All folders that there are now. */
  readonly folders: IMailFolder[];
  /** The ids of those that are not there any more. */
  readonly removed: readonly string[];
  /** Leads to what changes from now on. */
  readonly link: string;
}

/**
 * Brings the list of a mailbox's folders up to date.
 * @param known the list as it was
 * @param link where the last reading ended; all folders are read when it is left out, or too old
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
  /** Whether these are all folders, and not only what changed. */
  readonly isWhole: boolean;
}

async function readChanges(client: GraphClient, link: string | undefined, options: SendOptions): Promise<Changes> {
  try {
    return await readDelta(client, link, options);
  } catch (error) {
    if (!(error instanceof ResyncRequiredError) || link === undefined) throw error;
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

/** Graph may leave out what did not change. */
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

/** Asks which folders the well-known names stand for: a mailbox can be without some of them. */
async function addKinds(client: GraphClient, folders: Map<string, IMailFolder>, options: SendOptions): Promise<void> {
  const answers = await sendBatch(client, wellKnownFolders.map(getFolder), options);
  for (const [index, name] of wellKnownFolders.entries()) {
    const answer = answers[index];
    if (answer?.ok === true) {
      const { id } = answer.value;
      folders.set(id, { ...changedFolder(folders.get(id), answer.value), kind: kindOf[name] });
    } else if (answer !== undefined && !(answer.error instanceof ItemNotFoundError)) throw answer.error;
  }
}
