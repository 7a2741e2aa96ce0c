import type { HydratedDocument } from 'mongoose';
import { type IMessageState, MessageState } from '../../src/models/index.ts';
import { ownerOf } from './owner.ts';
import { nextNumber } from './sequence.ts';

/** Stores what is known of an unread message, and the mailbox it is in unless one is given. */
export async function buildMessageState(fields: Partial<IMessageState> = {}): Promise<HydratedDocument<IMessageState>> {
  const owner = await ownerOf(fields);
  return MessageState.create({
    ...owner,
    messageId: `message-${nextNumber()}`,
    isRead: false,
    flag: 'notFlagged',
    observedAt: new Date(),
    version: 1,
    ...fields,
  });
}
