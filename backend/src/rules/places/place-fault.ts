import type { IMailFolder } from '../../models/Mailbox.ts';
import { type FolderKind, folderKindFinder } from '../../models/fields/folder-kinds.ts';
import { formatPath, pathFinder } from '../../models/fields/folder-chain.ts';
import { foldersAt, parsePath } from './folder-path.ts';
import type { RuleFolders } from '../owned-mailbox.ts';
import type { StoredRule } from '../stored-rule.ts';

/** Why mail cannot be moved into a folder, by code: the end of a sentence about its rule. */
export const placeReasons = {
  folder_gone: 'its folder no longer exists',
  folder_deleted: 'its folder is in Deleted Items',
  folder_outside: 'its folder is in Recoverable Items, or outside of the mail folders',
  search_folder: 'its folder is a search folder, which shows mail and holds none',
  folder_closed: 'rules cannot use its folder',
  no_archive: 'the mailbox has no archive folder: archive a message in Outlook to create it',
  no_such_folder: 'this mailbox has no folder of that path',
  ambiguous_folder: 'this mailbox has more than one folder of that path',
} as const;
export type PlaceFault = keyof typeof placeReasons;

/** Code of a rule in a mailbox that MSEDB only looks at: it is no fault of a place, and ends with the access. */
export const lookOnlyCode = 'look_only';

/** Returns the reason of a stored code in words. */
export function reasonOfPlace(code: string | undefined): string {
  if (code === lookOnlyCode) return 'MSEDB only looks at this mailbox: let it act, and the rule goes on';
  const [, reason] = Object.entries(placeReasons).find(([known]) => known === code) ?? [];
  return reason ?? 'mail cannot be moved to its folder';
}

/** The folder that a rule moves mail to. `folderId` is undefined for an archive folder that the mailbox lacks. */
export type RuleTarget =
  | { readonly kind: 'none' }
  | { readonly kind: 'folder'; readonly folderId: string }
  | { readonly kind: 'archive'; readonly folderId: string | undefined };

/** Returns the target of a rule's actions: of several that place mail, the last one counts. Staging is no target. */
export function targetOf(actions: StoredRule['actions'], { folders }: Pick<RuleFolders, 'folders'>): RuleTarget {
  let target: RuleTarget = { kind: 'none' };
  for (const { actionType, toFolder } of actions.toSorted((one, two) => (one.order ?? 0) - (two.order ?? 0))) {
    if (actionType === 'delete') target = { kind: 'none' };
    if (actionType === 'move' && toFolder !== undefined) target = { kind: 'folder', folderId: toFolder };
    if (actionType === 'archive') {
      target = { kind: 'archive', folderId: folders.find(({ kind }) => kind === 'archive')?.id };
    }
  }
  return target;
}

/** Rules move no mail into these folders; deletion goes through staging. */
const faultOfKind: ReadonlyMap<FolderKind, PlaceFault> = new Map<FolderKind, PlaceFault>([
  ['staging', 'folder_closed'],
  ['drafts', 'folder_closed'],
  ['outbox', 'folder_closed'],
  ['sent', 'folder_closed'],
  ['deleted', 'folder_deleted'],
  ['recoverable', 'folder_outside'],
]);

/** Returns the fault of folders of a kind, if they have one. */
export function kindFault(kind: FolderKind): PlaceFault | undefined {
  return faultOfKind.get(kind);
}

/** Judges a target by the folders as they were last read. Search folders are not among them. */
export function knownPlaceFault(target: RuleTarget, mailbox: RuleFolders): PlaceFault | undefined {
  if (target.kind === 'none') return undefined;
  if (target.folderId === undefined) return 'no_archive';
  if (!mailbox.folders.some(({ id }) => id === target.folderId)) return 'folder_gone';
  return kindFault(folderKindFinder(mailbox)(target.folderId));
}

/** A folder that was found by its id or path, or why none was. */
export type FoundFolder =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly fault: 'no_such_folder' }
  | { readonly ok: false; readonly fault: 'ambiguous_folder'; readonly candidates: readonly string[] };

/** Finds a folder by its id or, if no folder has the id, by its path. */
export function findFolder(idOrPath: string, folders: readonly IMailFolder[]): FoundFolder {
  if (folders.some(({ id }) => id === idOrPath)) return { ok: true, id: idOrPath };
  return onlyFolder(foldersAt(folders, parsePath(idOrPath)), folders);
}

/** Returns the one folder of a path; several are candidates to choose from, each as its path and its id. */
export function onlyFolder(found: readonly IMailFolder[], folders: readonly IMailFolder[]): FoundFolder {
  const [first, second] = found;
  if (first === undefined) return { ok: false, fault: 'no_such_folder' };
  if (second === undefined) return { ok: true, id: first.id };
  const pathOf = pathFinder(folders);
  const candidates = found.map(({ id }) => `${formatPath(pathOf(id))} (id ${id})`);
  return { ok: false, fault: 'ambiguous_folder', candidates };
}
