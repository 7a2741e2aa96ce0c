import { Types } from 'mongoose';
import { AppError } from '../lib/errors.ts';

// Glossary: a summary (by sender, by day) counts the events of a window: those of a user, or of one mailbox, from a
// moment up to another. Automated is what we did ourselves, and so says nothing of the owner's behaviour.

/** Which events a summary is about; `to` is not part of it. */
export interface EventWindow {
  readonly userId: string;
  /** All mailboxes of the user when it is left out. */
  readonly mailboxId?: string | undefined;
  readonly from: Date;
  readonly to: Date;
}

/** The store gives a question of a person up after this time. */
export const questionLimitMs = 5_000;
const timeLimitExceeded = 50;

/** An aggregation casts nothing: ids are made here. */
export function matchWindow({ userId, mailboxId, from, to }: EventWindow) {
  return {
    userId: new Types.ObjectId(userId),
    ...(mailboxId === undefined ? {} : { mailboxId: new Types.ObjectId(mailboxId) }),
    timestamp: { $gte: from, $lt: to },
  };
}

/** Waits for the store's answer. @throws AppError 503 too_much when it takes the store longer than its limit */
export async function answerOf<T>(question: PromiseLike<T>): Promise<T> {
  try {
    return await question;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === timeLimitExceeded)) throw cause;
    throw new AppError(503, 'too_much', 'This takes too long: ask about a shorter time', { cause });
  }
}
