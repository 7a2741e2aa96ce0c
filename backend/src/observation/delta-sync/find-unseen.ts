import { messagesReceivedSince } from '../../graph/messages.ts';
import { items } from '../../graph/paging.ts';
import { minuteMs } from '../../lib/durations.ts';
import { MessageState } from '../../models/index.ts';
import { isIn } from '../../models/store/query-operators.ts';
import { lookById, type SyncRun } from './sync-run.ts';

/** Mail may be delivered some time after it was received. */
const slackMs = 10 * minuteMs;
const batchSize = 100;

/**
 * Finds mail that no folder tells of. A move may show as a removal only, and a folder that is begun anew tells of no
 * removal: mail that was never seen, and left such a folder meanwhile, is in no answer of delta.
 * @param since the start of the last complete cycle, in our time
 * @returns true when all is read; false when the time was up first
 * @throws GraphError; the signal's reason
 */
export async function findUnseen(run: SyncRun, since: Date): Promise<boolean> {
  const { client, signal, synced } = run;
  const receivedSince = new Date(client.graphClock.toGraphTime(since.getTime()) - slackMs);
  let ids: string[] = [];
  for await (const { id, parentFolderId } of items(client, messagesReceivedSince(receivedSince), { signal })) {
    if (synced.has(parentFolderId)) ids.push(id);
    if (ids.length < batchSize) continue;
    await lookAtUnknown(run, ids);
    if (run.isSpent()) return false;
    ids = [];
  }
  await lookAtUnknown(run, ids);
  return true;
}

async function lookAtUnknown(run: SyncRun, messageIds: readonly string[]): Promise<void> {
  const { mailboxId } = run.mailbox;
  const known = await MessageState.distinct('messageId', { mailboxId, messageId: isIn(messageIds) });
  const unknown = messageIds.filter((id) => !known.includes(id));
  run.counts.unannounced += await lookById(run, unknown, { isAnnounced: true });
}
