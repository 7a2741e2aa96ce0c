import mongoose, { type Types } from 'mongoose';
import { EmailEvent } from '../../models/index.ts';

interface Owner {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
}

/** Which of these messages have been put somewhere since they arrived: where they rest now is somebody's choice. */
export async function readPlaced(
  { userId, mailboxId }: Owner,
  messageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const events = await EmailEvent.find(
    {
      userId,
      mailboxId,
      messageId: mongoose.trusted({ $in: [...messageIds] }),
      eventType: mongoose.trusted({ $in: ['moved', 'deleted'] }),
    },
    'messageId',
  ).lean();
  return new Set(events.map(({ messageId }) => messageId));
}
