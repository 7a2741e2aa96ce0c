import mongoose, { type Types } from 'mongoose';
import { ofActiveUsers } from '../../models/store/active-users.ts';
import { Mailbox } from '../../models/index.ts';

const batchSize = 500;

/**
 * The connected mailboxes of active users that are due.
 * @param until when, in milliseconds since the epoch, they are due at the latest
 */
export async function* mailboxesDue(until: number): AsyncGenerator<Types.ObjectId, void, void> {
  const due = [null, mongoose.trusted({ $lte: new Date(until) })];
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
