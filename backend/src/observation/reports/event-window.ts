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

/** Returns the $match stage of the rows whose last occurrence lies in a window. Aggregations do not cast ids. */
export function matchWindow({ from, to, ...owner }: EventWindow) {
  return { ...ofOwner(owner), timestamp: { $gte: from, $lt: to } };
}

/** Returns the $match stage of the rows with past occurrences in a window, and perhaps others. */
export function matchHistory({ from, to, ...owner }: EventWindow) {
  // the index holds rows with a history only, and serves what asks for them
  const history = { $exists: true, $elemMatch: { timestamp: { $gte: from, $lt: to } } };
  return { ...ofOwner(owner), history };
}

function ofOwner({ userId, mailboxId }: Pick<EventWindow, 'userId' | 'mailboxId'>) {
  return {
    userId: new Types.ObjectId(userId),
    ...(mailboxId === undefined ? {} : { mailboxId: new Types.ObjectId(mailboxId) }),
  };
}
