import type { Types } from 'mongoose';
import { MessageState } from '../../models/index.ts';
import { lookById, type SyncRun } from './sync-run.ts';
import { after, before } from '../../models/store/query-operators.ts';

/** Small, so that the work ends soon after its time is up. */
const batchSize = 100;

/**
 * Reads by id the messages that are stored in a folder but were not observed since a time: they were moved or deleted
 * unobserved.
 * @param since messages observed at this time or later are not read again
 * @returns true when all were read; false when the time was up first
 */
export async function recheckUnseen(run: SyncRun, folderId: string, since: Date): Promise<boolean> {
  let lastId: Types.ObjectId | undefined;
  for (;;) {
    const batch = await MessageState.find(
      { ...unseen(run, folderId, since), ...(lastId === undefined ? {} : { _id: after(lastId) }) },
      'messageId',
    )
      .sort({ _id: 1 })
      .limit(batchSize)
      .lean();
    run.counts.unannounced += await lookById(
      run,
      batch.map(({ messageId }) => messageId),
    );
    if (batch.length < batchSize) return true;
    if (run.isSpent()) return false;
    lastId = batch.at(-1)?._id;
  }
}

/** Tells if `recheckUnseen` would read anything. */
export async function isAnyUnseen(run: SyncRun, folderId: string, since: Date): Promise<boolean> {
  return (await MessageState.exists(unseen(run, folderId, since))) !== null;
}

function unseen({ mailbox: { mailboxId } }: SyncRun, folderId: string, since: Date) {
  return { mailboxId, folderId, observedAt: before(since) };
}
