import { Types } from 'mongoose';

// Glossary: a summary (by sender, by day) counts the events of a window: those of a user, or of one mailbox, from a
// moment up to another. Automated is what we did ourselves, and so says nothing of the owner's behavior.

/** Which events a summary is about; `to` is not part of it. */
export interface EventWindow {
  readonly userId: string;
  /** All mailboxes of the user when it is left out. */
  readonly mailboxId?: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

/** An aggregation casts nothing: ids are made here. */
export function matchWindow({ userId, mailboxId, from, to }: EventWindow) {
  return {
    userId: new Types.ObjectId(userId),
    ...(mailboxId === undefined ? {} : { mailboxId: new Types.ObjectId(mailboxId) }),
    timestamp: { $gte: from, $lt: to },
  };
}
