import { GraphError, ItemNotFoundError } from '../../graph/errors.ts';
import { createFolder, getFolder, listFolders } from '../../graph/folders.ts';
import { items } from '../../graph/paging.ts';
import { type IMailbox, Mailbox } from '../../models/index.ts';
import { folderKindFinder, stagingFolderName } from '../../models/fields/folder-kinds.ts';
import { requireRunning } from '../kill-switch.ts';
import type { WriteLease } from '../write-lease.ts';

const conflict = 409; // HTTP status of a folder name that is taken

/**
 * Finds the staging folder by its stored id or by its name, and creates it when its owner has removed it.
 * @returns the folder's id
 * @throws AutomationPausedError when it would have to be created while the kill switch is on; GraphError; LeaseLostError
 */
export async function ensureStagingFolder(lease: WriteLease): Promise<string> {
  return (await findStagingFolder(lease)) ?? remember(lease, await createStagingFolder(lease));
}

/**
 * Finds the staging folder by its stored id or by its name.
 * @returns the folder's id; undefined when there is none
 * @throws GraphError; the signal's reason
 */
export async function findStagingFolder(lease: WriteLease): Promise<string | undefined> {
  const mailbox = await Mailbox.findById(lease.mailboxId, 'folders stagingFolderId').orFail().lean();
  const { stagingFolderId } = mailbox;
  if (stagingFolderId !== undefined && (await folderExists(lease, mailbox, stagingFolderId))) return stagingFolderId;
  const id = await findByName(lease);
  return id === undefined ? undefined : remember(lease, id);
}

async function remember({ mailboxId }: WriteLease, stagingFolderId: string): Promise<string> {
  await Mailbox.updateOne({ _id: mailboxId }, { $set: { stagingFolderId } });
  return stagingFolderId;
}

/** A deleted folder keeps its id and moves to Deleted Items: that counts as missing. */
async function folderExists(
  { client, signal }: WriteLease,
  mailbox: Pick<IMailbox, 'folders'>,
  folderId: string,
): Promise<boolean> {
  try {
    const { parentFolderId } = await client.send(getFolder(folderId), { signal });
    return parentFolderId == null || folderKindFinder(mailbox)(parentFolderId) !== 'deleted';
  } catch (error) {
    if (error instanceof ItemNotFoundError) return false;
    throw error;
  }
}

async function findByName({ client, signal }: WriteLease): Promise<string | undefined> {
  for await (const { id, displayName } of items(client, listFolders(), { signal })) {
    if (displayName?.toLowerCase() === stagingFolderName.toLowerCase()) return id; // as Graph compares names
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
