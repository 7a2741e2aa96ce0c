import { GraphError, ItemNotFoundError } from '../../graph/errors.ts';
import { createFolder, getFolder, listFolders } from '../../graph/folders.ts';
import { items } from '../../graph/paging.ts';
import { Mailbox } from '../../models/index.ts';
import { deletedKinds } from '../../models/fields/folder-kinds.ts';
import { requireRunning } from '../kill-switch.ts';
import { readStagingContext } from './staging-context.ts';
import type { WriteLease } from '../write-lease.ts';

/** Display name of the folder in which mail waits before it is deleted. */
export const stagingFolderName = 'MSEDB Staging';

const conflict = 409; // HTTP status of a folder name that is taken

/**
 * Finds the staging folder by its stored id or by its name, and creates it when its owner has removed it.
 * @returns the folder's id
 * @throws AutomationPausedError when it would have to be created while the kill switch is on; GraphError; LeaseLostError
 */
export async function ensureStagingFolder(lease: WriteLease): Promise<string> {
  const { stagingFolderId } = await Mailbox.findById(lease.mailboxId, 'stagingFolderId').orFail().lean();
  if (stagingFolderId !== undefined && (await folderExists(lease, stagingFolderId))) return stagingFolderId;
  const id = (await findByName(lease)) ?? (await createStagingFolder(lease));
  await Mailbox.updateOne({ _id: lease.mailboxId }, { $set: { stagingFolderId: id } });
  return id;
}

/** A deleted folder keeps its id and moves to Deleted Items, or on to Recoverable Items: that counts as missing. */
async function folderExists(lease: WriteLease, folderId: string): Promise<boolean> {
  const { client, signal } = lease;
  try {
    const { parentFolderId } = await client.send(getFolder(folderId), { signal });
    if (parentFolderId == null) return true;
    const { folderKindOf } = await readStagingContext(lease);
    return !deletedKinds.has(await folderKindOf(parentFolderId));
  } catch (error) {
    if (error instanceof ItemNotFoundError) return false;
    throw error;
  }
}

async function findByName({ client, signal }: WriteLease): Promise<string | undefined> {
  for await (const { id, displayName } of items(client, listFolders(), { signal })) {
    if (displayName === stagingFolderName) return id;
  }
  return undefined;
}

async function createStagingFolder(lease: WriteLease): Promise<string> {
  const { client, signal, mailboxId, hold } = lease;
  await hold();
  await requireRunning(mailboxId);
  try {
    const { id } = await client.send(createFolder(stagingFolderName), { signal });
    return id;
  } catch (error) {
    const found = error instanceof GraphError && mayExist(error) ? await findByName(lease) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/** The folder exists already, or Graph has created it although the answer was lost. */
function mayExist({ status, mayHaveHappened }: GraphError): boolean {
  return status === conflict || mayHaveHappened;
}
