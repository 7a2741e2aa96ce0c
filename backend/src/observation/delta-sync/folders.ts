import { type PartResult, sendBatch } from '../../graph/batch.ts';
import type { GraphClient } from '../../graph/client.ts';
import type { DeltaItem } from '../../graph/delta.ts';
import { concernsMailbox, GraphError, isLinkRefused, ItemNotFoundError } from '../../graph/errors.ts';
import { foldersDelta, getFolder, isSearchFolder, type MailFolder, wellKnownFolders } from '../../graph/folders.ts';
import { pages, type UnreadableItem } from '../../graph/paging.ts';
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
  /** For each folder that cannot be understood, the paths of the fields. What was known of it stands. */
  readonly unreadable: readonly (readonly string[])[];
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
  const { items, unreadable, link: nextLink, isWhole } = await readChanges(client, link, options);
  // folders that no list shows survive a reading of the whole list
  const hidden = [...before].filter(([, { isHidden }]) => isHidden === true);
  const folders = new Map(isWhole ? hidden : before);
  for (const entry of items) {
    if (entry.removed) folders.delete(entry.id);
    else if (isSearchFolder(entry.item)) folders.delete(entry.item.id);
    else folders.set(entry.item.id, changedFolder(before.get(entry.item.id), entry.item));
  }
  const again = await readAgain(client, unreadable, options);
  for (const folder of again.folders) {
    if (isSearchFolder(folder)) folders.delete(folder.id);
    else folders.set(folder.id, changedFolder(before.get(folder.id), folder));
  }
  for (const id of again.lost) {
    const folder = before.get(id);
    if (folder !== undefined) folders.set(id, folder);
  }
  const hasNew = [...folders.keys()].some((id) => !before.has(id));
  const mayHaveMore = (hasNew || isWhole) && lacksKind(folders);
  if (mayHaveMore || lacksVital(folders)) await addKinds(client, folders, options);
  const removed = [...before.keys()].filter((id) => !folders.has(id));
  return { folders: [...folders.values()], removed, unreadable: again.unreadable, link: nextLink };
}

interface Changes {
  readonly items: readonly DeltaItem<MailFolder>[];
  readonly unreadable: readonly UnreadableItem[];
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
  const items: DeltaItem<MailFolder>[] = [];
  const unreadable: UnreadableItem[] = [];
  let deltaLink = '';
  for await (const page of pages(client, foldersDelta(link), options)) {
    items.push(...page.items);
    unreadable.push(...page.unreadable);
    deltaLink = page.deltaLink ?? deltaLink;
  }
  // without a link the list may be incomplete, and folders missing from it would count as removed
  if (deltaLink === '') throw new GraphError({ status: 200, code: 'paging_end', message: noLink });
  return { items, unreadable, link: deltaLink, isWhole: link === undefined };
}

const noLink = 'The list of folders cannot be read: a delta query ends without a link';

interface ReadAgain {
  readonly folders: readonly MailFolder[];
  /** Ids of those that still cannot be understood. */
  readonly lost: readonly string[];
  readonly unreadable: readonly (readonly string[])[];
}

/** Reads by id the folders that were not understood in the list. */
async function readAgain(
  client: GraphClient,
  items: readonly UnreadableItem[],
  options: SendOptions,
): Promise<ReadAgain> {
  const nameless = items.filter(({ id }) => id === undefined);
  const ids = items.flatMap(({ id }) => id ?? []);
  const answers = ids.length === 0 ? [] : await sendBatch(client, ids.map(getFolder), options);
  const lost = ids.filter((_id, index) => answers[index]?.ok !== true);
  const fieldsOf = new Map(items.map(({ id, fields }) => [id, fields]));
  return {
    folders: answers.flatMap((answer) => (answer.ok ? [answer.value] : [])),
    lost,
    unreadable: [...nameless.map(({ fields }) => fields), ...lost.map((id) => fieldsOf.get(id) ?? [])],
  };
}

/** Merges a changed folder into the stored one: Graph may leave out unchanged properties. */
function changedFolder(before: IMailFolder | undefined, folder: MailFolder): IMailFolder {
  const { isHidden: _wasHidden, ...known } = before ?? {};
  return defined<IMailFolder>({
    ...known,
    id: folder.id,
    displayName: folder.displayName ?? before?.displayName ?? folder.id,
    parentFolderId: folder.parentFolderId ?? before?.parentFolderId,
  });
}

function lacksKind(folders: ReadonlyMap<string, IMailFolder>): boolean {
  return (
    [...folders.values()].filter(({ kind, isHidden }) => kind !== undefined && isHidden !== true).length <
    wellKnownFolders.length
  );
}

/** Every mailbox has these, and without them what happens to mail would be misunderstood. */
const vital = [
  'inbox',
  'deleteditems',
  'drafts',
  'sentitems',
  'outbox',
] as const satisfies readonly (typeof wellKnownFolders)[number][];

function lacksVital(folders: ReadonlyMap<string, IMailFolder>): boolean {
  const kinds = new Set([...folders.values()].map(({ kind }) => kind));
  return vital.some((name) => !kinds.has(kindOf[name]));
}

/** Times that a name is asked for to which nothing is answered that can be used. */
const maxAttempts = 3;

/**
 * Finds the folders behind the well-known names, and stores their kinds. A mailbox may lack some of them; whatever else
 * is answered to a single name counts as missing in the end, and is asked for again at the next chance.
 * @throws GraphError when it concerns the whole mailbox, or may pass and leaves a vital folder unknown
 */
async function addKinds(client: GraphClient, folders: Map<string, IMailFolder>, options: SendOptions): Promise<void> {
  let open: readonly Unanswered[] = wellKnownFolders.map((name) => ({ name, error: undefined }));
  for (let attempt = 1; open.length > 0 && attempt <= maxAttempts; attempt += 1) {
    const names = open.map(({ name }) => name);
    const answers = await sendBatch(client, names.map(getFolder), options);
    open = names.flatMap((name, index) => addKind(folders, name, answers[index]) ?? []);
  }
  const passing = open.find(({ error }) => error?.retryable === true)?.error;
  if (passing !== undefined && lacksVital(folders)) throw passing;
}

type WellKnownFolder = (typeof wellKnownFolders)[number];

interface Unanswered {
  readonly name: WellKnownFolder;
  readonly error: GraphError | undefined;
}

/** @returns the name if it is to be asked for again. @throws GraphError when it concerns the whole mailbox */
function addKind(
  folders: Map<string, IMailFolder>,
  name: WellKnownFolder,
  answer: PartResult<MailFolder> | undefined,
): Unanswered | undefined {
  if (answer === undefined) return { name, error: undefined };
  if (answer.ok) {
    const { id } = answer.value;
    folders.set(id, { ...changedFolder(folders.get(id), answer.value), kind: kindOf[name] });
    return undefined;
  }
  if (concernsMailbox(answer.error)) throw answer.error;
  return answer.error instanceof ItemNotFoundError ? undefined : { name, error: answer.error };
}
