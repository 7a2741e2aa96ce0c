import { AppError } from '../lib/errors.ts';
import { type FolderKind, folderKindFinder } from '../models/fields/folder-kinds.ts';
import type { RuleFolders } from './owned-mailbox.ts';
import type { RuleAction, RuleConditions } from './rule-draft.ts';

/** The parts of a rule that name folders. */
export interface FolderWords {
  readonly conditions?: RuleConditions | undefined;
  readonly actions?: readonly RuleAction[] | undefined;
}

/** Rules neither read from nor move to these folders; deletion goes through staging. */
const closed: ReadonlySet<FolderKind> = new Set<FolderKind>([
  'staging',
  'deleted',
  'recoverable',
  'drafts',
  'outbox',
  'sent',
]);

/** Exchange creates this folder on first use. */
const noArchive = 'archive: the mailbox has no archive folder yet: archive a message in Outlook, then try again';

/** Returns a message for each folder of a rule that the mailbox does not have, or that rules may not use. */
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
    return closed.has(folderKindOf(folderId)) ? [`${field}: rules cannot use this folder`] : [];
  });
  const stays = fromFolder !== undefined && actions.some(({ toFolder }) => toFolder === fromFolder);
  if (stays) faults.push('toFolder: must differ from fromFolder');
  const archives = actions.some(({ actionType }) => actionType === 'archive');
  if (archives && !mailbox.folders.some(({ kind }) => kind === 'archive')) faults.push(noArchive);
  return faults;
}

/** Checks the folders of a rule. @throws AppError 400 unknown_folder, with a message for each that is not usable */
export function requireUsableFolders(words: FolderWords, mailbox: RuleFolders): void {
  const faults = folderFaults(words, mailbox);
  if (faults.length > 0) throw new AppError(400, 'unknown_folder', faults.join('; '));
}
