import type { IMailFolder, WellKnownKind } from '../../models/Mailbox.ts';

// A path names a folder by the display names of the folders above it and its own, the outermost first, separated with
// "/": "Inbox/Projects/2026". Within a name, "/" is written "\/" and "\" is written "\\". Letter case does not matter,
// as in Exchange. The first name may be a well-known folder in English, whatever the language of the mailbox.

/** What a path may begin with beside the mailbox's own names: Graph's names, English display names, and our kinds. */
const wellKnownWords: ReadonlyMap<string, WellKnownKind> = new Map<string, WellKnownKind>([
  ['inbox', 'inbox'],
  ['archive', 'archive'],
  ['junk', 'junk'],
  ['junkemail', 'junk'],
  ['junk email', 'junk'],
  ['deleted', 'deleted'],
  ['deleteditems', 'deleted'],
  ['deleted items', 'deleted'],
  ['drafts', 'drafts'],
  ['sent', 'sent'],
  ['sentitems', 'sent'],
  ['sent items', 'sent'],
  ['outbox', 'outbox'],
]);

/** Reads the names from a path. A slash at the beginning or the end is ignored. */
export function parsePath(path: string): string[] {
  const names = [''];
  for (const [part] of path.matchAll(/\\[\\/]|./gsu)) {
    if (part === '/') names.push('');
    else names[names.length - 1] += part.length === 2 && part.startsWith('\\') ? part.slice(1) : part;
  }
  if (names.at(0) === '') names.shift();
  if (names.at(-1) === '') names.pop();
  return names;
}

/**
 * Finds the folders of a path, ignoring letter case. The names that the mailbox shows come first; only if no folder has
 * the path, its first name is read as a well-known folder in English.
 * @param kind the well-known folder that the path begins with, whatever its name
 * @returns one folder; none; or several, if names differ in letter case only
 */
export function foldersAt(
  folders: readonly IMailFolder[],
  names: readonly string[],
  kind?: WellKnownKind,
): IMailFolder[] {
  const [first, ...below] = names;
  if (first === undefined) return [];
  const listed = folders.filter(({ isHidden }) => isHidden !== true);
  const ofKind = (wanted: WellKnownKind | undefined) =>
    wanted === undefined
      ? []
      : descend(
          listed,
          below,
          listed.filter((folder) => folder.kind === wanted),
        );
  const byKind = ofKind(kind);
  if (byKind.length > 0) return byKind;
  const ids = new Set(listed.map(({ id }) => id));
  const tops = listed.filter(({ parentFolderId }) => parentFolderId === undefined || !ids.has(parentFolderId));
  const shown = descend(listed, below, named(tops, first));
  return shown.length > 0 ? shown : ofKind(wellKnownWords.get(fold(first)));
}

function descend(folders: readonly IMailFolder[], names: readonly string[], from: readonly IMailFolder[]) {
  let found = [...from];
  for (const name of names) {
    const parents = new Set<string | undefined>(found.map(({ id }) => id));
    const children = folders.filter(
      ({ parentFolderId }) => parentFolderId !== undefined && parents.has(parentFolderId),
    );
    found = named(children, name);
  }
  return found;
}

function named(folders: readonly IMailFolder[], name: string): IMailFolder[] {
  return folders.filter(({ displayName }) => fold(displayName) === fold(name));
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
