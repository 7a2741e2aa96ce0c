import { GraphError, ItemNotFoundError } from '../../graph/errors.ts';
import { createFolder, getFolder, listFolders } from '../../graph/folders.ts';
import { items } from '../../graph/paging.ts';
import { type IMailbox, Mailbox } from '../../models/index.ts';
import { folderKindFinder } from '../../models/fields/folder-kinds.ts';
import { requireRunning } from '../kill-switch.ts';
import type { WriteLease } from '../write-lease.ts';

/** What the folder is called in which mail waits before it is deleted. */
export const stagingFolderName = 'MSEDB Staging';

const conflict = 409;

/**
 * The folder in which mail waits before it is deleted: by the id that it had, or by its name; made anew when its owner
 * has removed it.
 * @returns its id
 * @throws AutomationPausedError when it would have to be made while the kill switch is on; GraphError; LeaseLostError
 */
export async function ensureStagingFolder(lease: WriteLease): Promise<string> {
  const mailbox = await Mailbox.findById(lease.mailboxId, 'folders stagingFolderId').orFail().lean();
  const { stagingFolderId } = mailbox;
  if (stagingFolderId !== undefined && (await isThere(lease, mailbox, stagingFolderId))) return stagingFolderId;
  const id = (await findByName(lease)) ?? (await make(lease));
  await Mailbox.updateOne({ _id: lease.mailboxId }, { $set: { stagingFolderId: id } });
  return id;
}

/** A folder that its owner deletes goes into Deleted Items, and keeps its id. */
async function isThere(
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
    if (displayName === stagingFolderName) return id;
  }
  return undefined;
}

async function make(lease: WriteLease): Promise<string> {
  const { client, signal, mailboxId, hold } = lease;
  await hold();
  await requireRunning(mailboxId);
  try {
    const { id } = await client.send(createFolder(stagingFolderName), { signal });
    return id;
  } catch (error) {
    const found = error instanceof GraphError && isMade(error) ? await findByName(lease) : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

/** Somebody else has made it, or we have, and did not hear of it. */
function isMade({ status, mayHaveHappened }: GraphError): boolean {
  return status === conflict || mayHaveHappened;
}
