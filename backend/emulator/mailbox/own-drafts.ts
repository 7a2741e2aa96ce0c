import type { Folder } from './folder.ts';
import type { Mailbox } from './mailbox.ts';

/** True for a folder that an app made, and that holds nothing but drafts that an app made. */
export function isOwnFolder(mailbox: Mailbox, folder: Folder): boolean {
  if (!folder.byApp) return false;
  if (folder.search !== undefined) return true;
  const isAllOwn = mailbox.messages(folder.id).every(({ byApp }) => byApp);
  return isAllOwn && mailbox.folders.children(folder.id).every((child) => isOwnFolder(mailbox, child));
}

/** Deletes a folder of the app's: it goes below Deleted Items, and from there for good. */
export function deleteOwnFolder(mailbox: Mailbox, folder: Folder): void {
  const { folders } = mailbox;
  mailbox.truth.asOneAct(() => {
    if (folder.search === undefined && !folders.isWithin(folder.id, folders.get('deleteditems').id)) {
      const from = folder.parentId;
      folders.move(folder.id, 'deleteditems');
      mailbox.record('app', 'folder-move', { item: folder.id, from, to: folder.parentId });
    } else remove(mailbox, folder);
  });
}

function remove(mailbox: Mailbox, folder: Folder): void {
  for (const child of mailbox.folders.children(folder.id)) remove(mailbox, child);
  if (folder.search === undefined) for (const { id } of mailbox.messages(folder.id)) mailbox.softDelete(id, 'app');
  mailbox.folders.remove(folder.id);
  mailbox.record('app', 'folder-delete', { item: folder.id, from: folder.displayName, to: null });
}
