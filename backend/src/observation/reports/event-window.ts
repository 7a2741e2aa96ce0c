import { Types } from 'mongoose';

// Words: docs/GLOSSARY.md, "Observation".

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
