import mongoose, { type Types } from 'mongoose';
import { dayMs } from '../lib/durations.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { Mailbox, User } from '../models/index.ts';
import { notifyOnce } from '../models/store/notify-once.ts';

/** A job that failed in all its attempts. */
export interface GivenUpWork {
  readonly queue: string;
  /** The consequence for the reader, without the address of a mailbox, which is added. */
  readonly consequence: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Notifies the owner of a mailbox of a job that failed permanently, once a day per queue. Skips a deleted mailbox. */
export async function tellOwnerOfGivenUpWork(mailboxId: string, work: GivenUpWork): Promise<void> {
  if (!mongoose.isValidObjectId(mailboxId)) return;
  const mailbox = await Mailbox.findById(mailboxId, 'userId email').lean();
  if (mailbox === null) return;
  const { userId, email } = mailbox;
  await tell(userId, ['mailbox', mailboxId], {
    ...work,
    consequence: `A background job for ${email} failed repeatedly. ${work.consequence}`,
  });
}

/** Notifies every active admin of a job without a mailbox that failed permanently, once a day per queue. */
export async function tellAdminsOfGivenUpWork(work: GivenUpWork): Promise<void> {
  const admins = await User.find({ role: 'admin', isActive: true }, '_id').lean();
  const consequence = `The background job “${work.queue}” failed repeatedly; the log has the reason. ${work.consequence}`;
  for (const { _id } of admins) await tell(_id, ['admin', _id.toHexString()], { ...work, consequence });
}

async function tell(
  userId: Types.ObjectId,
  about: readonly string[],
  { queue, consequence, now }: GivenUpWork,
): Promise<void> {
  const day = new Date(Math.floor(now / dayMs) * dayMs);
  await notifyOnce(deterministicId(day, ['given up', queue, ...about, String(day.getTime())]), {
    userId,
    type: 'system',
    priority: 'high',
    title: 'A background job failed permanently',
    message: consequence,
  });
}
