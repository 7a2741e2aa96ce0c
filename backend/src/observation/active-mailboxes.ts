import type { Types } from 'mongoose';
import { ofActiveUsers } from '../models/store/active-users.ts';
import { Mailbox } from '../models/index.ts';
import { after } from '../models/store/query-operators.ts';

const batchSize = 500;

/** Yields the connected mailboxes of active users in the order of their ids. Reads them in batches. */
export async function* activeMailboxes(): AsyncGenerator<Types.ObjectId, void, void> {
  let lastId: Types.ObjectId | undefined;
  for (;;) {
    const batch = await Mailbox.find(
      { isConnected: true, ...(lastId === undefined ? {} : { _id: after(lastId) }) },
      'userId',
    )
      .sort({ _id: 1 })
      .limit(batchSize)
      .lean();
    for (const { _id } of await ofActiveUsers(batch)) yield _id;
    if (batch.length < batchSize) return;
    lastId = batch.at(-1)?._id;
  }
}
