import type { Types } from 'mongoose';
import { MessageState } from '../../models/index.ts';
import { lookById, type SyncRun } from './sync-run.ts';
import { after, before } from '../../models/store/query-operators.ts';

/** Few enough that the work can end soon when its time is up. */
const batchSize = 100;

/**
 * Reads by id what is believed to rest in a folder and was not seen since: it was moved or deleted while nobody looked.
 * @param since what was seen at this time or later is not read again
 * @returns whether all was read; false when the time was up before
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

/** Whether `recheckUnseen` would find anything to read. */
export async function isAnyUnseen(run: SyncRun, folderId: string, since: Date): Promise<boolean> {
  return (await MessageState.exists(unseen(run, folderId, since))) !== null;
}

function unseen({ mailbox: { mailboxId } }: SyncRun, folderId: string, since: Date) {
  return { mailboxId, folderId, observedAt: before(since) };
}
