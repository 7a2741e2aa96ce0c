import mongoose, { type Types } from 'mongoose';
import { ofActiveUsers } from '../models/store/active-users.ts';
import { Mailbox } from '../models/index.ts';

const batchSize = 500;

/** The connected mailboxes of active users, in batches in the order of their ids. */
export async function* activeMailboxes(): AsyncGenerator<Types.ObjectId, void, void> {
  let after: Types.ObjectId | undefined;
  for (;;) {
    const batch = await Mailbox.find(
      { isConnected: true, ...(after === undefined ? {} : { _id: mongoose.trusted({ $gt: after }) }) },
      'userId',
    )
      .sort({ _id: 1 })
      .limit(batchSize)
      .lean();
    for (const { _id } of await ofActiveUsers(batch)) yield _id;
    if (batch.length < batchSize) return;
    after = batch.at(-1)?._id;
  }
}
