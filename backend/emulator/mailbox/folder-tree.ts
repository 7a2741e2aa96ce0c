import { DefaultFolderMissing, GraphFailure, badRequest, idMalformed, itemNotFound } from '../errors.ts';
import { type IdMint, isIdShaped } from '../ids.ts';
import { ChangeLog } from './change-log.ts';
import { type Folder, type FolderDraft, newFolder } from './folder.ts';
import {
  builtInFolders,
  defaultFolderName,
  folderNames,
  type MailboxLanguage,
  wellKnownNames,
} from './folder-names.ts';

const rootName = 'msgfolderroot';

export interface FolderTreeOptions {
  readonly language?: MailboxLanguage | undefined;
  /** Well-known names of built-in folders that the mailbox does not have, as archive. */
  readonly without?: readonly string[] | undefined;
}

/** The folders of one mailbox: those below `msgfolderroot`, which Graph lists, and Recoverable Items beside it. */
export class FolderTree {
  readonly changes = new ChangeLog();
  /** Soft-deleted messages; it has a well-known name. */
  readonly deletions: Folder;
  /** Permanently deleted messages; it has none. */
  readonly purges: Folder;
  readonly #ids: IdMint;
  readonly #nextSequence: () => number;
  readonly #folders = new Map<string, Folder>();
  readonly #byWellKnownName = new Map<string, string>();
  readonly #root: Folder;

  constructor(ids: IdMint, nextSequence: () => number, { language = 'en', without = [] }: FolderTreeOptions = {}) {
    this.#ids = ids;
    this.#nextSequence = nextSequence;
    const names = folderNames[language];
    const store = this.#insert({ displayName: 'Root', parentId: '' });
    this.#root = this.#insert({ displayName: names.msgfolderroot, parentId: store.id, wellKnownName: rootName });
    for (const wellKnownName of builtInFolders) {
      if (without.includes(wellKnownName)) continue;
      this.#add({ displayName: names[wellKnownName], parentId: this.#root.id, wellKnownName });
    }
    this.#add({ displayName: 'Finder', parentId: store.id, wellKnownName: 'searchfolders' });
    const recoverable = this.#add({ displayName: 'Recoverable Items', parentId: store.id });
    this.deletions = this.#add({
      displayName: 'Deletions',
      parentId: recoverable.id,
      wellKnownName: 'recoverableitemsdeletions',
    });
    this.purges = this.#add({ displayName: 'Purges', parentId: recoverable.id });
  }

  /** @param idOrName an id, or a well-known name as inbox. @throws 404 when there is no such folder, 400 when it cannot be an id */
  get(idOrName: string): Folder {
    const folder = this.find(idOrName);
    if (folder !== undefined) return folder;
    const name = idOrName.toLowerCase();
    if (wellKnownNames.has(name)) throw new DefaultFolderMissing(defaultFolderName(name));
    throw isIdShaped(idOrName) ? itemNotFound() : idMalformed();
  }

  find(idOrName: string): Folder | undefined {
    return this.#folders.get(this.#byWellKnownName.get(idOrName.toLowerCase()) ?? idOrName);
  }

  /** The id of a folder, which a person may call by the name that they see. @throws 404, 400 */
  idByAnyName(name: string): string {
    const folder = this.find(name) ?? [...this.#folders.values()].find(({ displayName }) => displayName === name);
    return (folder ?? this.get(name)).id;
  }

  /** Every folder in a folder, hidden ones too. */
  children(idOrName: string = rootName): Folder[] {
    const parent = this.get(idOrName);
    return [...this.#folders.values()].filter((folder) => folder.parentId === parent.id);
  }

  /** Counts hidden folders as well, so that a count can be without its child. */
  childCount(id: string): number {
    let count = 0;
    for (const folder of this.#folders.values()) if (folder.parentId === id) count += 1;
    return count;
  }

  /** @throws 409 `ErrorFolderExists` when the parent has a folder of this name, in any case */
  create(displayName: string, parent: string = rootName, draft: Partial<FolderDraft> = {}): Folder {
    const parentId = this.get(parent).id;
    this.#refuseTwin(displayName, parentId);
    return this.#add({ ...draft, displayName, parentId });
  }

  rename(idOrName: string, displayName: string): Folder {
    const folder = this.get(idOrName);
    this.#refuseTwin(displayName, folder.parentId, folder);
    folder.displayName = displayName;
    this.#changed(folder, false);
    return folder;
  }

  /** @throws 400 on a built-in folder, or into itself; 409 when the name is taken there */
  move(idOrName: string, parent: string): Folder {
    const folder = this.#ownFolder(idOrName);
    const parentId = this.get(parent).id;
    if (this.isWithin(parentId, folder.id))
      throw badRequest('A folder cannot be moved into itself.', 'ErrorMoveCopyFailed');
    this.#refuseTwin(folder.displayName, parentId, folder);
    folder.parentId = parentId;
    this.#changed(folder, false);
    return folder;
  }

  /** Takes away a folder that a person made; its messages are the caller's to move first. @throws 400 on a built-in one */
  remove(idOrName: string): Folder {
    const folder = this.#ownFolder(idOrName);
    this.#changed(folder, true);
    this.#folders.delete(folder.id);
    return folder;
  }

  isRoot(folder: Folder): boolean {
    return folder === this.#root;
  }

  isRecoverable(folderId: string): boolean {
    return folderId === this.deletions.id || folderId === this.purges.id;
  }

  /** True for a folder outside of what Graph lists: its chain of parents misses `msgfolderroot`. */
  isOutside(folderId: string): boolean {
    return !this.isWithin(folderId, this.#root.id);
  }

  /** True when the chain of parents, beginning with the folder itself, leads to `ancestorId`. */
  isWithin(folderId: string, ancestorId: string): boolean {
    let folder = this.#folders.get(folderId);
    while (folder !== undefined) {
      if (folder.id === ancestorId) return true;
      folder = this.#folders.get(folder.parentId);
    }
    return false;
  }

  #ownFolder(idOrName: string): Folder {
    const folder = this.get(idOrName);
    if (folder.wellKnownName !== undefined || this.isOutside(folder.id))
      throw badRequest('A default folder cannot be deleted or moved.', 'ErrorDeleteDistinguishedFolder');
    return folder;
  }

  #refuseTwin(displayName: string, parentId: string, itself?: Folder): void {
    for (const folder of this.#folders.values()) {
      const isTwin = folder.parentId === parentId && folder.displayName.toLowerCase() === displayName.toLowerCase();
      if (isTwin && folder !== itself) {
        throw new GraphFailure(409, 'ErrorFolderExists', 'A folder with the specified name already exists.');
      }
    }
  }

  #add(draft: FolderDraft): Folder {
    const folder = this.#insert(draft);
    this.#changed(folder, false);
    return folder;
  }

  #insert(draft: FolderDraft): Folder {
    const folder = newFolder(this.#ids.folder(), draft);
    this.#folders.set(folder.id, folder);
    if (folder.wellKnownName !== undefined) this.#byWellKnownName.set(folder.wellKnownName, folder.id);
    return folder;
  }

  /** Tells the delta of folders, which knows nothing of the root, of hidden folders, and of what is outside. */
  #changed(folder: Folder, isRemoved: boolean): void {
    if (folder.isHidden || folder === this.#root || this.isOutside(folder.id)) return;
    const itemId = folder.id;
    this.changes.record({ sequence: this.#nextSequence(), itemId, mutableId: itemId, isRemoved });
  }
}
