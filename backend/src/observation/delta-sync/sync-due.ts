import type { Types } from 'mongoose';
import { ofActiveUsers } from '../../models/store/active-users.ts';
import { Mailbox } from '../../models/index.ts';
import { until } from '../../models/store/query-operators.ts';

const batchSize = 500;

/**
 * Yields the connected mailboxes of active users that are due.
 * @param latest time until which they are due, in milliseconds since the epoch
 */
export async function* mailboxesDue(latest: number): AsyncGenerator<Types.ObjectId, void, void> {
  const due = [null, until(new Date(latest))];
  for (const nextSyncAt of due) {
    const rows = Mailbox.find({ isConnected: true, nextSyncAt }, 'userId').lean().cursor({ batchSize });
    let batch: { _id: Types.ObjectId; userId: Types.ObjectId }[] = [];
    for await (const row of rows) {
      batch.push(row);
      if (batch.length < batchSize) continue;
      yield* idsOf(await ofActiveUsers(batch));
      batch = [];
    }
    yield* idsOf(await ofActiveUsers(batch));
  }
}

function idsOf(rows: readonly { _id: Types.ObjectId }[]): Types.ObjectId[] {
  return rows.map(({ _id }) => _id);
}
