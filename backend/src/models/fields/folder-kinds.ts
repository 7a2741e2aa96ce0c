import { folderKinds, type WellKnownKind, type IMailbox, type IMailFolder } from '../Mailbox.ts';

/** The kind of a folder; undefined for an ordinary one, and for one that is not known yet. */
export type FolderKind = WellKnownKind | 'staging' | undefined;

/**
 * The kinds of folders that are recorded with events, because a folder can be moved or deleted later. `ordinary`: one of
 * the owner's own; `hidden`: no list of folders had shown it. A folder below a built-in one counts as `folderKindFinder`
 * tells.
 */
export const recordedKinds = [...folderKinds, 'staging', 'hidden', 'ordinary'] as const;
export type RecordedKind = (typeof recordedKinds)[number];

/** Mail in folders of these kinds was deleted. */
export const deletedKinds: ReadonlySet<FolderKind> = new Set<FolderKind>(['deleted', 'recoverable']);

/** Kinds that pass to folders below: deleting a folder puts it, with its mail, below Deleted Items. */
const inherited: ReadonlySet<FolderKind> = new Set<FolderKind>(['deleted', 'drafts', 'outbox', 'sent']);

/** Display name of the folder in which mail waits before it is deleted. */
export const stagingFolderName = 'MSEDB Staging';

/** Tells the kinds of a mailbox's folders. */
export function folderKindFinder(row: Pick<IMailbox, 'folders' | 'stagingFolderId'>): (folderId: string) => FolderKind {
  const kinds = folderKindsOf(row.folders);
  const stagingId = row.stagingFolderId ?? stagingFolderByName(row.folders);
  return (folderId) => (folderId === stagingId ? 'staging' : kinds.get(folderId));
}

/** A database from before the folder was made, restored from a backup, does not have its id. */
function stagingFolderByName(folders: readonly IMailFolder[]): string | undefined {
  const top = folders.find(({ kind }) => kind === 'inbox')?.parentFolderId;
  const name = stagingFolderName.toLowerCase();
  const found = folders.find((folder) => folder.parentFolderId === top && folder.displayName.toLowerCase() === name);
  return found?.id;
}

function folderKindsOf(folders: readonly IMailFolder[]): ReadonlyMap<string, FolderKind> {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  return new Map(folders.map((folder) => [folder.id, folder.kind ?? inheritedKind(folder, byId)]));
}

/** The first kind above a folder that reaches down to it. */
function inheritedKind(folder: IMailFolder, byId: ReadonlyMap<string, IMailFolder>): FolderKind {
  const visited = new Set<string>([folder.id]);
  let { parentFolderId } = folder;
  while (parentFolderId !== undefined && !visited.has(parentFolderId)) {
    visited.add(parentFolderId);
    const parent = byId.get(parentFolderId);
    if (parent?.kind !== undefined && inherited.has(parent.kind)) return parent.kind;
    parentFolderId = parent?.parentFolderId;
  }
  return undefined;
}
