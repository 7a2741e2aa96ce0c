import { Types } from 'mongoose';

// Glossary: a summary (by sender, by day) counts the events of a *window*: a period, for a user or for one mailbox.
// *Automated* events were caused by our own actions, and so are not part of the owner's behavior.

/** The events of a summary; `to` is exclusive. */
export interface EventWindow {
  readonly userId: string;
  /** All mailboxes of the user when it is left out. */
  readonly mailboxId?: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

/** Returns the $match stage of a window. Aggregations do not cast, so ids are converted here. */
export function matchWindow({ userId, mailboxId, from, to }: EventWindow) {
  return {
    userId: new Types.ObjectId(userId),
    ...(mailboxId === undefined ? {} : { mailboxId: new Types.ObjectId(mailboxId) }),
    timestamp: { $gte: from, $lt: to },
  };
}
