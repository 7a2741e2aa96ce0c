import { AppError, type FieldFault } from '../../lib/errors.ts';
import { folderKindFinder } from '../../models/fields/folder-kinds.ts';
import type { RuleFolders } from '../owned-mailbox.ts';
import { findFolder, type FoundFolder, kindFault, type PlaceFault, placeReasons } from './place-fault.ts';
import type { RuleAction, RuleConditions } from '../rule-draft.ts';

/** The parts of a rule that name folders. */
export interface FolderWords {
  readonly conditions?: RuleConditions | undefined;
  readonly actions?: readonly RuleAction[] | undefined;
}

type NotFound = Extract<FoundFolder, { readonly ok: false }>;

/** Exchange creates this folder on first use. */
const noArchive = 'archive: the mailbox has no archive folder yet: archive a message in Outlook, then try again';

/** Returns a message for each folder of a rule, given by id, that the mailbox does not have, or that rules may not use. */
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
    return kindFault(folderKindOf(folderId)) === undefined ? [] : [`${field}: rules cannot use this folder`];
  });
  const stays = fromFolder !== undefined && actions.some(({ toFolder }) => toFolder === fromFolder);
  if (stays) faults.push('toFolder: must differ from fromFolder');
  const archives = actions.some(({ actionType }) => actionType === 'archive');
  if (archives && !mailbox.folders.some(({ kind }) => kind === 'archive')) faults.push(noArchive);
  return faults;
}

/**
 * Replaces the folders of a rule, each given by id or path, by their ids, and checks that rules can use them.
 * @throws AppError 400 ambiguous_folder, with the candidates; 400 unknown_folder, with a message for each folder that is
 * not usable
 */
export function withFolderIds<W extends FolderWords>(words: W, mailbox: RuleFolders): W {
  const resolve = (field: string, idOrPath: string): string => {
    const found = findFolder(idOrPath, mailbox.folders);
    if (!found.ok && found.fault === 'ambiguous_folder') throw unknownFolder(field, found);
    return found.ok ? found.id : idOrPath; // one that is not found is named with the other faults
  };
  const resolved = mapFolders(words, resolve);
  const faults = folderFaults(resolved, mailbox);
  if (faults.length > 0) {
    throw new AppError(400, 'unknown_folder', faults.join('; '), { fields: faults.map(fieldFault) });
  }
  return resolved;
}

/** Applies a function to each folder that a rule names. @param map gets the field and the folder */
function mapFolders<W extends FolderWords>(words: W, map: (field: string, folder: string) => string): W {
  const { conditions, actions } = words;
  const fromFolder = conditions?.fromFolder;
  return {
    ...words,
    ...(fromFolder === undefined ? {} : { conditions: { ...conditions, fromFolder: map('fromFolder', fromFolder) } }),
    ...(actions === undefined
      ? {}
      : {
          actions: actions.map((action) =>
            action.toFolder === undefined ? action : { ...action, toFolder: map('toFolder', action.toFolder) },
          ),
        }),
  };
}

/** Where the fields stand in a rule that name folders. */
const places: Readonly<Record<string, readonly string[]>> = {
  fromFolder: ['conditions', 'fromFolder'],
  toFolder: ['actions', 'toFolder'],
};

/** Reads a fault in words, as "toFolder: the mailbox has no such folder". */
function fieldFault(words: string): FieldFault {
  const [, field = '', message = words] = /^(\w+): (.*)$/s.exec(words) ?? [];
  return { path: places[field] ?? (field === '' ? [] : [field]), message };
}

/** The error for a folder that a request names and the mailbox does not have, or has more than once. */
export function unknownFolder(field: string, found: NotFound): AppError {
  if (found.fault === 'no_such_folder') {
    const message = `${field}: the mailbox has no such folder`;
    return new AppError(400, 'unknown_folder', message, { fields: [fieldFault(message)] });
  }
  const { candidates } = found;
  const message = `${field}: more than one folder has this path: choose one by its id: ${candidates.join(', ')}`;
  return new AppError(400, 'ambiguous_folder', message, { details: { candidates }, fields: [fieldFault(message)] });
}

/** The error for a rule whose folder cannot be used now. */
export function unusableFolder(fault: PlaceFault): AppError {
  const message = `The rule cannot move mail: ${placeReasons[fault]}. Choose another folder, or restore this one`;
  return new AppError(409, 'folder_unusable', message, { details: { fault } });
}
