import { AppError } from '../lib/errors.ts';
import { type FolderKind, folderKindFinder } from '../models/fields/folder-kinds.ts';
import type { RuleFolders } from './owned-mailbox.ts';
import type { RuleAction, RuleConditions } from './rule-draft.ts';

/** What conditions and actions may say of folders. */
export interface FolderWords {
  readonly conditions?: RuleConditions | undefined;
  readonly actions?: readonly RuleAction[] | undefined;
}

/** No rule touches what lies there, and so none puts anything there; what is deleted goes through staging. */
const closed: ReadonlySet<FolderKind> = new Set<FolderKind>(['staging', 'deleted', 'drafts', 'outbox', 'sent']);

/** Exchange makes this folder when it is used for the first time. */
const noArchive = 'archive: the mailbox has no archive folder yet: archive a message in Outlook, then try again';

/** What is wrong with the folders that a rule names, each in words; nothing when a mailbox has them all for rules. */
export function folderFaults({ conditions, actions = [] }: FolderWords, mailbox: RuleFolders): string[] {
  const known = new Set(mailbox.folders.map(({ id }) => id));
  const folderKindOf = folderKindFinder(mailbox);
  const fromFolder = conditions?.fromFolder;
  const named = [
    { field: 'fromFolder', folderId: fromFolder },
    ...actions.map(({ toFolder }) => ({ field: 'toFolder', folderId: toFolder })),
  ];
  const faults = named.flatMap(({ field, folderId }) => {
    if (folderId === undefined) return [];
    if (!known.has(folderId)) return [`${field}: the mailbox has no such folder`];
    return closed.has(folderKindOf(folderId)) ? [`${field}: rules do not work with this folder`] : [];
  });
  const stays = fromFolder !== undefined && actions.some(({ toFolder }) => toFolder === fromFolder);
  if (stays) faults.push('toFolder: the mail is there already');
  const archives = actions.some(({ actionType }) => actionType === 'archive');
  if (archives && !mailbox.folders.some(({ kind }) => kind === 'archive')) faults.push(noArchive);
  return faults;
}

/** @throws AppError 400 unknown_folder when a rule names a folder that the mailbox does not have, or not for rules */
export function requireUsableFolders(words: FolderWords, mailbox: RuleFolders): void {
  const faults = folderFaults(words, mailbox);
  if (faults.length > 0) throw new AppError(400, 'unknown_folder', faults.join('; '));
}
