import { type Folder, type SearchName, searches } from './folder.ts';
import { folderNames, type MailboxLanguage } from './folder-names.ts';
import type { FolderTree } from './folder-tree.ts';

/**
 * Adds the folders that a mailbox has after years of use: Conversation History, whose one child is hidden, Sync Issues
 * with its children, and a hidden folder.
 */
export function addUsualFolders(tree: FolderTree, language: MailboxLanguage = 'en'): void {
  const names = folderNames[language];
  const history = tree.create(names.conversationhistory, undefined, { wellKnownName: 'conversationhistory' });
  tree.create('Team Chat', history.id, { isHidden: true });
  const issues = tree.create(names.syncissues, undefined, { wellKnownName: 'syncissues' });
  for (const [displayName, wellKnownName] of [
    ['Conflicts', 'conflicts'],
    ['Local Failures', 'localfailures'],
    ['Server Failures', 'serverfailures'],
  ] as const) {
    tree.create(displayName, issues.id, { wellKnownName });
  }
  tree.create('PersonMetadata', undefined, { isHidden: true });
}

/** Adds a search folder, which shows messages that lie elsewhere. @throws 409 when the name is taken */
export function addSearchFolder(tree: FolderTree, name: string, search: SearchName, parent?: string): Folder {
  return tree.create(name, parent, { search: searches[search] });
}
