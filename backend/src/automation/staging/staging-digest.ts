import type { Types } from 'mongoose';
import { groupBy } from '../../lib/group-by.ts';
import { deterministicId } from '../../models/store/deterministic-id.ts';
import { Mailbox, Notification, StagedEmail, User } from '../../models/index.ts';
import { notifyOnce } from '../../models/store/notify-once.ts';
import { after, isIn } from '../../models/store/query-operators.ts';

const usersAtOnce = 500;

export interface DigestTime {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** IANA name: the zone in which days begin and times are written. */
  readonly timeZone: string;
}

/** The staged mail of one mailbox. */
interface StagedSummary {
  readonly userId: Types.ObjectId;
  readonly mailboxId: Types.ObjectId;
  readonly messages: number;
  readonly firstDueAt: Date;
}

/**
 * Notifies every active user with staged mail, once a day. Idempotent within a day.
 * @returns the number of users notified by this call
 */
export async function sendStagingDigests(time: DigestTime): Promise<number> {
  let notified = 0;
  for await (const userIds of activeUsers()) {
    const waiting = groupBy(await readStagedSummaries(userIds), ({ userId }) => userId.toHexString());
    const ids = new Map([...waiting.keys()].map((userId) => [userId, digestId(userId, time)]));
    const sent = await Notification.find({ _id: isIn(ids.values()) }, '_id').lean();
    const known = new Set(sent.map(({ _id }) => _id.toHexString()));
    for (const [userId, id] of ids) {
      if (!known.has(id.toHexString()) && (await sendDigest(id, waiting.get(userId) ?? [], time))) notified += 1;
    }
  }
  return notified;
}

async function* activeUsers(): AsyncGenerator<Types.ObjectId[], void, void> {
  let last: Types.ObjectId | undefined;
  for (;;) {
    const batch = await User.find({ isActive: true, ...(last === undefined ? {} : { _id: after(last) }) }, '_id')
      .sort({ _id: 1 })
      .limit(usersAtOnce)
      .lean();
    if (batch.length > 0) yield batch.map(({ _id }) => _id);
    if (batch.length < usersAtOnce) return;
    last = batch.at(-1)?._id;
  }
}

function readStagedSummaries(userIds: readonly Types.ObjectId[]): Promise<StagedSummary[]> {
  return StagedEmail.aggregate<StagedSummary>([
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

/** Derives one id for each user and day of the time zone. */
function digestId(userId: string, { now, timeZone }: DigestTime): Types.ObjectId {
  const day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(now);
  return deterministicId(new Date(`${day}T00:00:00Z`), ['staging digest', userId, day]);
}

async function sendDigest(id: Types.ObjectId, waiting: readonly StagedSummary[], time: DigestTime): Promise<boolean> {
  const [first] = waiting;
  if (first === undefined) return false;
  const { userId } = first;
  const mailboxIds = waiting.map(({ mailboxId }) => mailboxId);
  const mailboxes = await Mailbox.find({ userId, _id: isIn(mailboxIds) }, 'email').lean();
  const emailOf = new Map(mailboxes.map(({ _id, email }) => [_id.toHexString(), email]));
  const lines = waiting.flatMap(({ mailboxId, messages, firstDueAt }) => {
    const email = emailOf.get(mailboxId.toHexString());
    return email === undefined ? [] : [describe(email, { messages, firstDueAt }, time)];
  });
  if (lines.length === 0) return false;
  return notifyOnce(id, {
    userId,
    mailboxIds,
    type: 'staging_alert',
    title: 'Staged mail will be deleted',
    message: `${lines.join(' ')} You can rescue each message until then.`,
  });
}

function describe(
  email: string,
  { messages, firstDueAt }: Pick<StagedSummary, 'messages' | 'firstDueAt'>,
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
    ? `In ${email} 1 message will be moved to Deleted Items on ${when}.`
    : `In ${email} ${messages} messages will be moved to Deleted Items, the first on ${when}.`;
}
