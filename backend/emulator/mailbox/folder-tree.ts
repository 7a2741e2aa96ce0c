import { GraphFailure, badRequest, itemNotFound } from '../errors.ts';
import type { IdMint } from '../ids.ts';
import { ChangeLog } from './change-log.ts';

/** Graph's well-known names of the folders that every mailbox has, with the names that people see. */
const wellKnownFolders = {
  inbox: 'Inbox',
  drafts: 'Drafts',
  sentitems: 'Sent Items',
  deleteditems: 'Deleted Items',
  archive: 'Archive',
  junkemail: 'Junk Email',
  outbox: 'Outbox',
} as const;

const rootName = 'msgfolderroot';

export interface Folder {
  readonly id: string;
  readonly wellKnownName: string | undefined;
  displayName: string;
  parentId: string;
  totalItemCount: number;
  unreadItemCount: number;
  /** What delta rounds after the first one are told. */
  readonly changes: ChangeLog;
  /** The same, with the arrivals that delta rounds were not told of: what a first round reads. */
  readonly contents: ChangeLog;
}

/** The folders of one mailbox. */
export class FolderTree {
  readonly changes = new ChangeLog();
  readonly #ids: IdMint;
  readonly #nextSequence: () => number;
  readonly #folders = new Map<string, Folder>();
  readonly #byWellKnownName = new Map<string, string>();
  readonly #root: Folder;

  constructor(ids: IdMint, nextSequence: () => number) {
    this.#ids = ids;
    this.#nextSequence = nextSequence;
    this.#root = this.#add({ displayName: 'Top of Information Store', parentId: '', wellKnownName: rootName });
    for (const [wellKnownName, displayName] of Object.entries(wellKnownFolders)) {
      this.#add({ displayName, parentId: this.#root.id, wellKnownName });
    }
  }

  /** @param idOrName an id, or a well-known name as inbox. @throws 404 when there is no such folder */
  get(idOrName: string): Folder {
    const folder = this.find(idOrName);
    if (folder === undefined) throw itemNotFound();
    return folder;
  }

  find(idOrName: string): Folder | undefined {
    return this.#folders.get(this.#byWellKnownName.get(idOrName.toLowerCase()) ?? idOrName);
  }

  /** The id of a folder, which a person may call by the name that they see. @throws 404 */
  idByAnyName(name: string): string {
    const folder = this.find(name) ?? [...this.#folders.values()].find(({ displayName }) => displayName === name);
    return (folder ?? this.get(name)).id;
  }

  children(idOrName: string = rootName): Folder[] {
    const parent = this.get(idOrName);
    return [...this.#folders.values()].filter((folder) => folder.parentId === parent.id);
  }

  childCount(id: string): number {
    let count = 0;
    for (const folder of this.#folders.values()) if (folder.parentId === id) count += 1;
    return count;
  }

  /** @throws 409 `ErrorFolderExists` when the parent has a folder of this name */
  create(displayName: string, parent: string = rootName): Folder {
    const parentId = this.get(parent).id;
    this.#refuseTwin(displayName, parentId);
    return this.#add({ displayName, parentId, wellKnownName: undefined });
  }

  rename(idOrName: string, displayName: string): Folder {
    const folder = this.get(idOrName);
    this.#refuseTwin(displayName, folder.parentId);
    folder.displayName = displayName;
    this.#changed(folder.id, false);
    return folder;
  }

  /** Takes away a folder that a person made; what it holds is the caller's to move first. @throws 400 on a built-in one */
  remove(idOrName: string): Folder {
    const folder = this.get(idOrName);
    if (folder.wellKnownName !== undefined)
      throw badRequest('A default folder cannot be deleted.', 'ErrorDeleteDistinguishedFolder');
    this.#folders.delete(folder.id);
    this.#changed(folder.id, true);
    return folder;
  }

  isRoot(folder: Folder): boolean {
    return folder === this.#root;
  }

  #refuseTwin(displayName: string, parentId: string): void {
    for (const folder of this.#folders.values()) {
      if (folder.parentId === parentId && folder.displayName.toLowerCase() === displayName.toLowerCase()) {
        throw new GraphFailure(409, 'ErrorFolderExists', 'A folder with the specified name already exists.');
      }
    }
  }

  #add(fields: Pick<Folder, 'displayName' | 'parentId' | 'wellKnownName'>): Folder {
    const folder: Folder = {
      ...fields,
      id: this.#ids.folder(),
      totalItemCount: 0,
      unreadItemCount: 0,
      changes: new ChangeLog(),
      contents: new ChangeLog(),
    };
    this.#folders.set(folder.id, folder);
    if (folder.wellKnownName !== undefined) this.#byWellKnownName.set(folder.wellKnownName, folder.id);
    if (folder.wellKnownName !== rootName) this.#changed(folder.id, false);
    return folder;
  }

  #changed(itemId: string, isRemoved: boolean): void {
    this.changes.record({ sequence: this.#nextSequence(), itemId, mutableId: itemId, isRemoved });
  }
}
