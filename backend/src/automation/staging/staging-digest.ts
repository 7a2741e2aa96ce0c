import mongoose, { type Types } from 'mongoose';
import { groupBy } from '../../lib/group-by.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { Mailbox, Notification, StagedEmail, User } from '../../models/index.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';

const usersAtOnce = 500;

export interface DigestTime {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** IANA name: whose days they are, and how times are written. */
  readonly timeZone: string;
}

/** What waits in the staging folder of a mailbox. */
interface Waiting {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly messages: number;
  readonly firstDueAt: Date;
}

/**
 * Tells every active user once a day what waits in staging; nobody for whom nothing waits. May be called as often as
 * one likes.
 * @returns how many users were told now
 */
export async function sendStagingDigests(time: DigestTime): Promise<number> {
  let told = 0;
  for await (const userIds of activeUsers()) {
    const waiting = groupBy(await readWaiting(userIds), ({ userId }) => userId.toHexString());
    const ids = new Map([...waiting.keys()].map((userId) => [userId, digestId(userId, time)]));
    const before = await Notification.find({ _id: mongoose.trusted({ $in: [...ids.values()] }) }, '_id').lean();
    const known = new Set(before.map(({ _id }) => _id.toHexString()));
    for (const [userId, id] of ids) {
      if (!known.has(id.toHexString()) && (await sendDigest(id, waiting.get(userId) ?? [], time))) told += 1;
    }
  }
  return told;
}

async function* activeUsers(): AsyncGenerator<Types.ObjectId[], void, void> {
  let after: Types.ObjectId | undefined;
  for (;;) {
    const batch = await User.find(
      { isActive: true, ...(after === undefined ? {} : { _id: mongoose.trusted({ $gt: after }) }) },
      '_id',
    )
      .sort({ _id: 1 })
      .limit(usersAtOnce)
      .lean();
    if (batch.length > 0) yield batch.map(({ _id }) => _id);
    if (batch.length < usersAtOnce) return;
    after = batch.at(-1)?._id;
  }
}

function readWaiting(userIds: readonly Types.ObjectId[]): Promise<Waiting[]> {
  return StagedEmail.aggregate<Waiting>([
    { $match: { userId: { $in: [...userIds] }, status: 'staged' } },
    {
      $group: {
        _id: '$mailboxId',
        userId: { $first: '$userId' },
        messages: { $sum: 1 },
        firstDueAt: { $min: '$expiresAt' },
      },
    },
    { $project: { _id: 0, userId: 1, mailboxId: '$_id', messages: 1, firstDueAt: 1 } },
    { $sort: { firstDueAt: 1 } },
  ]).exec();
}

/** One id for each user and day of the time zone. */
function digestId(userId: string, { now, timeZone }: DigestTime): Types.ObjectId {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(now);
  return deterministicId(new Date(`${day}T00:00:00Z`), ['staging digest', userId, day]);
}

async function sendDigest(id: Types.ObjectId, waiting: readonly Waiting[], time: DigestTime): Promise<boolean> {
  const [first] = waiting;
  if (first === undefined) return false;
  const { userId } = first;
  const mailboxIds = mongoose.trusted({ $in: waiting.map(({ mailboxId }) => mailboxId) });
  const mailboxes = await Mailbox.find({ userId, _id: mailboxIds }, 'email').lean();
  const emailOf = new Map(mailboxes.map(({ _id, email }) => [_id.toHexString(), email]));
  const lines = waiting.flatMap(({ mailboxId, messages, firstDueAt }) => {
    const email = emailOf.get(mailboxId.toHexString());
    return email === undefined ? [] : [describe(email, { messages, firstDueAt }, time)];
  });
  if (lines.length === 0) return false;
  return notifyOnce(id, {
    userId,
    type: 'staging_alert',
    title: 'Mail waits to be deleted',
    message: `${lines.join(' ')} Until then each of them can be rescued.`,
  });
}

function describe(
  email: string,
  { messages, firstDueAt }: Pick<Waiting, 'messages' | 'firstDueAt'>,
  { timeZone }: DigestTime,
): string {
  const when = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(firstDueAt);
  return messages === 1
    ? `In ${email} 1 message goes to Deleted Items on ${when}.`
    : `In ${email} ${messages} messages go to Deleted Items, the first on ${when}.`;
}
