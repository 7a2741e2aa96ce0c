import { AppError } from '../../lib/errors.ts';
import type { RuleAction, RuleConditions } from './rule-draft.ts';

/** @throws AppError 400 unknown_folder when conditions or action name a folder that the mailbox does not have */
export function requireKnownFolders(
  said: { readonly conditions?: RuleConditions | undefined; readonly action?: RuleAction | undefined },
  folders: ReadonlyMap<string, string>,
): void {
  requireKnown('fromFolder', said.conditions?.fromFolder, folders);
  requireKnown('toFolder', said.action?.toFolder, folders);
}

function requireKnown(field: string, folderId: string | undefined, folders: ReadonlyMap<string, string>): void {
  if (folderId === undefined || folders.has(folderId)) return;
  throw new AppError(400, 'unknown_folder', `${field}: the mailbox has no such folder`);
}
