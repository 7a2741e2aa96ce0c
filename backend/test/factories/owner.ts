import type { Types } from 'mongoose';
import { buildMailbox } from './mailbox.ts';

export interface Owner {
  userId: Types.ObjectId;
  mailboxId: Types.ObjectId;
}

/** The ids every row of a mailbox carries: those given, or of a new mailbox and its user. */
export async function ownerOf({ userId, mailboxId }: Partial<Owner>): Promise<Owner> {
  if (userId !== undefined && mailboxId !== undefined) return { userId, mailboxId };
  const mailbox = await buildMailbox(userId === undefined ? {} : { userId });
  return { userId: mailbox.userId, mailboxId: mailboxId ?? mailbox._id };
}
