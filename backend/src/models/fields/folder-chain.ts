import type { IMailFolder } from '../Mailbox.ts';

/** Above each other in any real mailbox there are fewer folders; it ends a walk through a list that is not a tree. */
const maxDepth = 300;

/** Returns a function from a folder's id to its display name and those above it, the outermost first; empty if unknown. */
export function pathFinder(folders: readonly IMailFolder[]): (folderId: string) => string[] {
  const chainOf = chainFinder(folders);
  return (folderId) => chainOf(folderId).map(({ displayName }) => displayName);
}

/** Returns a function from a folder's id to its row and those above it, the outermost first. */
export function chainFinder(folders: readonly IMailFolder[]): (folderId: string) => IMailFolder[] {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  return (folderId) => {
    const chain: IMailFolder[] = [];
    let folder = byId.get(folderId);
    while (folder !== undefined && chain.length < maxDepth) {
      chain.unshift(folder);
      folder = folder.parentFolderId === undefined ? undefined : byId.get(folder.parentFolderId);
    }
    return chain;
  };
}

/** Writes names as one path, as "Inbox/Projects": how a slash in a name is written says rules/places/folder-path.ts. */
export function formatPath(names: readonly string[]): string {
  return names.map((name) => name.replaceAll(/[\\/]/g, String.raw`\$&`)).join('/');
}
