import type { Types } from 'mongoose';

/** A mailbox together with its owner: the pair that every row about mail is stored under. */
export interface MailboxOwner {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
}
