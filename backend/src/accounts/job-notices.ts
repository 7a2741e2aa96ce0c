import mongoose, { type Types } from 'mongoose';
import { dayMs } from '../lib/durations.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { Mailbox, User } from '../models/index.ts';
import { notifyOnce } from '../models/store/notify-once.ts';

/** Work that was given up after all its attempts. */
export interface GivenUpWork {
  readonly queue: string;
  /** What it means to the person who is told; without an address of a mailbox, which is added. */
  readonly consequence: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Tells the owner of a mailbox that work for it was given up: once a day for each queue. Nobody if it is gone. */
export async function tellOwnerOfGivenUpWork(mailboxId: string, work: GivenUpWork): Promise<void> {
  if (!mongoose.isValidObjectId(mailboxId)) return;
  const mailbox = await Mailbox.findById(mailboxId, 'userId email').lean();
  if (mailbox === null) return;
  const { userId, email } = mailbox;
  await tell(userId, ['mailbox', mailboxId], {
    ...work,
    consequence: `Something went wrong with ${email} again and again. ${work.consequence}`,
  });
}

/** Tells every active admin that work which is nobody's in particular was given up: once a day for each queue. */
export async function tellAdminsOfGivenUpWork(work: GivenUpWork): Promise<void> {
  const admins = await User.find({ role: 'admin', isActive: true }, '_id').lean();
  const consequence = `The background work “${work.queue}” failed again and again; the log says why. ${work.consequence}`;
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
    title: 'Work in the background was given up',
    message: consequence,
  });
}
