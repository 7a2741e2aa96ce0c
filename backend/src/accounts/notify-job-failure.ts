import mongoose, { type Types } from 'mongoose';
import { occasionId } from '../models/store/deterministic-id.ts';
import { type IMailbox, Mailbox } from '../models/index.ts';
import { notifyOnce } from '../models/store/notify-once.ts';
import { dayOf, notifyAdmins } from './notify-admins.ts';

/** A background job that failed permanently. */
export interface JobFailure {
  readonly queue: string;
  /** The consequence for the recipient, in sentences without the mailbox's address. */
  readonly consequence: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Notifies the owner of a mailbox of a failed job, once a day per queue. Does nothing for an unknown mailbox,
 * nor for one whose fault is known: its state tells of it. */
export async function notifyOwnerOfFailure(mailboxId: string, failure: JobFailure): Promise<void> {
  if (!mongoose.isValidObjectId(mailboxId)) return;
  const mailbox = await Mailbox.findById(mailboxId, 'userId email readFault').lean();
  if (mailbox === null || isToldByState(mailbox)) return;
  const { _id, userId, email } = mailbox;
  await notify(failure, {
    userId,
    about: ['mailbox', mailboxId],
    mailboxIds: [_id],
    message: `Processing ${email} failed repeatedly. ${failure.consequence}`,
  });
}

/** The state of a mailbox is told once, with the reason; a job that fails meanwhile says nothing more. */
function isToldByState({ readFault }: Pick<IMailbox, 'readFault'>): boolean {
  return readFault !== undefined && readFault.reason !== 'folders';
}

/** Notifies every active admin of a failed job that belongs to no mailbox, once a day per queue. */
export async function notifyAdminsOfFailure({ queue, consequence, now }: JobFailure): Promise<void> {
  await notifyAdmins({
    occasion: ['given up', queue],
    at: dayOf(now),
    title: 'A background job failed permanently',
    message: `The background job “${queue}” failed repeatedly; see the log for the reason. ${consequence}`,
  });
}

interface FailureNotice {
  readonly userId: Types.ObjectId;
  /** Identifies the notification, together with queue and day. */
  readonly about: readonly string[];
  readonly mailboxIds: Types.ObjectId[];
  readonly message: string;
}

async function notify(
  { queue, now }: JobFailure,
  { userId, about, mailboxIds, message }: FailureNotice,
): Promise<void> {
  const day = dayOf(now);
  await notifyOnce(occasionId(day, ['given up', queue, ...about]), {
    userId,
    mailboxIds,
    type: 'system',
    priority: 'high',
    title: 'A background job failed permanently',
    message,
  });
}
