import { AppError } from '../../lib/errors.ts';
import { formatPath, pathFinder } from '../../models/fields/folder-chain.ts';
import { unknownFolder } from '../../rules/places/known-folders.ts';
import { findFolder, placeReasons } from '../../rules/places/place-fault.ts';
import { foldersOf } from '../places/fresh-folders.ts';
import { successorOf } from '../places/relocate-rule.ts';
import type { WriteLease } from '../write-lease.ts';

/** Finds a folder that the owner has chosen, by id or path. @throws AppError 400 unknown_folder, ambiguous_folder */
export async function chosenFolder(lease: WriteLease, idOrPath: string): Promise<string> {
  const folders = await foldersOf(lease);
  const found = findFolder(idOrPath, folders.known.folders);
  if (!found.ok) throw unknownFolder('folderId', found);
  return found.id;
}

/**
 * Checks that a message can be moved to a folder. The error offers another one in its details: the folder that has the
 * path now, or the inbox.
 * @throws AppError 409 folder_gone; GraphError
 */
export async function requirePlace(lease: WriteLease, folderId: string): Promise<void> {
  const folders = await foldersOf(lease);
  const fault = await folders.faultOf(folderId);
  if (fault === undefined) return;
  const inbox = folders.known.folders.find(({ kind }) => kind === 'inbox')?.id;
  const other = (await successorOf(lease, folderId)) ?? inbox ?? (await folders.idOf('inbox'));
  const path = other === undefined ? '' : formatPath(pathFinder(folders.known.folders)(other));
  const offer = path === '' ? '' : `, for example “${path}”`;
  const reason = placeReasons[fault].replace('its folder', 'the folder');
  throw new AppError(
    409,
    'folder_gone',
    `The message cannot be put back: ${reason}. Choose another folder with folderId${offer}`,
    { details: { fault, ...(other === undefined ? {} : { folderId: other, path }) } },
  );
}
