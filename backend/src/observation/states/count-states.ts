import { Mailbox } from '../../models/index.ts';
import { mailboxState, type MailboxState } from './mailbox-state.ts';
import { readStateFacts } from './read-states.ts';

const batchSize = 500;
const fields =
  'userId isConnected connectedAt disconnectedAt disconnectReason lastSyncAt nextSyncAt syncIntervalMs syncProgress readFault settings.automationPaused';

/**
 * Counts all mailboxes by state.
 * @param now milliseconds since the epoch
 * @throws AppError 503 too_much
 */
export async function countStates(now: number): Promise<Record<MailboxState['kind'], number>> {
  const counts = {
    watching_live: 0,
    watching_interval: 0,
    first_reading: 0,
    paused: 0,
    disconnected: 0,
    cannot_be_read: 0,
    behind: 0,
  };
  const count = async (batch: Parameters<typeof readStateFacts>[0]): Promise<void> => {
    for (const facts of await readStateFacts(batch)) counts[mailboxState(facts, now).kind] += 1;
  };
  let batch = [];
  for await (const row of Mailbox.find({}, fields).lean().cursor({ batchSize })) {
    batch.push(row);
    if (batch.length < batchSize) continue;
    await count(batch);
    batch = [];
  }
  await count(batch);
  return counts;
}
