import type { Actor } from '../ledgers/truth.ts';
import type { Folder, Search } from './folder.ts';
import type { Mailbox } from './mailbox.ts';

interface NewFolder {
  readonly name: string;
  readonly parent?: string | undefined;
  /** True: no list and no delta shows it. */
  readonly isHidden?: boolean | undefined;
  readonly search?: Search | undefined;
}

/** @throws 409 when the name is taken */
export function createFolder(
  mailbox: Mailbox,
  actor: Actor,
  { name, parent, isHidden = false, search }: NewFolder,
): Folder {
  const folder = mailbox.folders.create(name, parent, { isHidden, search, byApp: actor === 'app' });
  mailbox.record(actor, 'folder-create', { item: folder.id, from: null, to: name });
  return folder;
}

/** @throws 409 when the name is taken */
export function renameFolder(mailbox: Mailbox, idOrName: string, name: string): Folder {
  const from = mailbox.folders.get(idOrName).displayName;
  const folder = mailbox.folders.rename(idOrName, name);
  mailbox.record('person', 'folder-rename', { item: folder.id, from, to: name });
  return folder;
}

/** Moves a folder with all that it holds; nothing in it changes its place or its id. */
export function moveFolder(mailbox: Mailbox, idOrName: string, parent: string, actor: Actor = 'person'): Folder {
  const from = mailbox.folders.get(idOrName).parentId;
  const folder = mailbox.folders.move(idOrName, parent);
  mailbox.record(actor, 'folder-move', { item: folder.id, from, to: folder.parentId });
  return folder;
}

/** Deletes a folder with the folders in it, as one act; the messages go to Deleted Items first. */
export function deleteFolder(mailbox: Mailbox, idOrName: string): void {
  removeFolder(mailbox, idOrName, (id) => void mailbox.move(id, 'deleteditems', 'person', 'delete'));
}

/** Deletes a folder for good, with all that it holds, as one act: the messages go to Recoverable Items. */
export function shredFolder(mailbox: Mailbox, idOrName: string): void {
  removeFolder(mailbox, idOrName, (id) => void mailbox.softDelete(id, 'person'));
}

/** Empties a folder, and takes away the folders in it, as one act: the messages go to Recoverable Items. */
export function emptyFolder(mailbox: Mailbox, idOrName: string): void {
  mailbox.truth.asOneAct(() => {
    const folder = mailbox.folders.get(idOrName);
    for (const child of mailbox.folders.children(folder.id)) shredFolder(mailbox, child.id);
    for (const message of mailbox.messages(folder.id)) mailbox.softDelete(message.id, 'person');
  });
}

function removeFolder(mailbox: Mailbox, idOrName: string, dispose: (messageId: string) => void): void {
  mailbox.truth.asOneAct(() => {
    const folder = mailbox.folders.get(idOrName);
    for (const child of mailbox.folders.children(folder.id)) removeFolder(mailbox, child.id, dispose);
    if (folder.search === undefined) for (const { id } of mailbox.messages(folder.id)) dispose(id);
    mailbox.folders.remove(folder.id);
    mailbox.record('person', 'folder-delete', { item: folder.id, from: folder.displayName, to: null });
  });
}
