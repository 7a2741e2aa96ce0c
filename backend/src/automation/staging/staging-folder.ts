import { GraphError } from '../../graph/errors.ts';
import { createFolder, listFolders, moveFolder } from '../../graph/folders.ts';
import { items } from '../../graph/paging.ts';
import { dayMs } from '../../lib/durations.ts';
import { Mailbox, openStagingStatuses, StagedEmail } from '../../models/index.ts';
import { stagingFolderName } from '../../models/fields/folder-kinds.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { isIn } from '../../models/store/query-operators.ts';
import type { PlaceFault } from '../../rules/places/place-fault.ts';
import { requireRunning } from '../kill-switch.ts';
import { foldersOf } from '../places/fresh-folders.ts';
import type { WriteLease } from '../write-lease.ts';

const conflict = 409; // HTTP status of a folder name that is taken

/**
 * Finds the staging folder by its stored id or by its name, and creates it when its owner has removed it. One that lies
 * below Deleted Items is moved back if mail waits in it.
 * @returns the folder's id
 * @throws AutomationPausedError when it would have to be created while the kill switch is on; GraphError; LeaseLostError
 */
export async function ensureStagingFolder(lease: WriteLease): Promise<string> {
  return (await usableFolder(lease)) ?? remember(lease, await createStagingFolder(lease));
}

/** Puts the stored folder back if its owner has deleted it while mail waits in it. */
async function usableFolder(lease: WriteLease): Promise<string | undefined> {
  await keepStagingFolder(lease);
  return findStagingFolder(lease);
}

/**
 * Finds the staging folder by its stored id or by its name.
 * @returns the folder's id; undefined when there is none
 * @throws GraphError; the signal's reason
 */
export async function findStagingFolder(lease: WriteLease): Promise<string | undefined> {
  const { stagingFolderId } = await Mailbox.findById(lease.mailboxId, 'stagingFolderId').orFail().lean();
  if (stagingFolderId !== undefined && (await faultOf(lease, stagingFolderId)) === undefined) return stagingFolderId;
  const id = await findByName(lease);
  return id === undefined ? undefined : remember(lease, id);
}

async function remember({ mailboxId }: WriteLease, stagingFolderId: string): Promise<string> {
  await Mailbox.updateOne({ _id: mailboxId }, { $set: { stagingFolderId } });
  return stagingFolderId;
}

/**
 * Moves the staging folder back to its place if its owner has deleted it while mail waits in it: emptying Deleted Items
 * would take the mail away before its time, and with it what can be rescued. Tells the owner.
 * @returns false if nothing waits, the folder is not below Deleted Items, or another one has its name
 * @throws AutomationPausedError; GraphError; LeaseLostError
 */
export async function keepStagingFolder(lease: WriteLease): Promise<boolean> {
  const { stagingFolderId } = await Mailbox.findById(lease.mailboxId, 'stagingFolderId').orFail().lean();
  if (stagingFolderId === undefined || (await faultOf(lease, stagingFolderId)) !== 'folder_deleted') return false;
  return returnStagingFolder(lease, stagingFolderId);
}

async function returnStagingFolder(lease: WriteLease, stagingFolderId: string): Promise<boolean> {
  const { userId, mailboxId, client, signal, hold, clock } = lease;
  const waiting = await StagedEmail.countDocuments({ mailboxId, status: isIn(openStagingStatuses) });
  if (waiting === 0) return false;
  await hold();
  await requireRunning(mailboxId);
  try {
    await client.send(moveFolder(stagingFolderId, 'msgfolderroot'), { signal });
  } catch (error) {
    if (error instanceof GraphError && error.status === conflict) return false;
    throw error;
  }
  (await foldersOf(lease)).forget();
  const day = new Date(Math.floor(clock() / dayMs) * dayMs);
  await notifyOnce(deterministicId(day, ['staging-back', mailboxId.toHexString()]), {
    userId,
    mailboxIds: [mailboxId],
    type: 'system',
    priority: 'normal',
    title: `The folder “${stagingFolderName}” was put back`,
    message:
      `You deleted the folder “${stagingFolderName}” while mail was waiting in it, so it was moved back. ` +
      'To delete that mail now, use “Delete now” in MSEDB, or move it to Deleted Items yourself.',
  });
  return true;
}

/** Tells why mail cannot be staged in the folder. It is ours, so that its kind is no fault. */
async function faultOf(lease: WriteLease, folderId: string): Promise<PlaceFault | undefined> {
  return (await foldersOf(lease)).faultOf(folderId, { isStaging: true });
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
