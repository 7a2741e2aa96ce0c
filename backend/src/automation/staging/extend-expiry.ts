import mongoose from 'mongoose';
import { Mailbox, StagedEmail, User } from '../../models/index.ts';
import type { WriteLease } from '../write-lease.ts';

interface ExpiryExtension {
  /** Of whom: all mailboxes of a user, or one of them. */
  readonly userId: string;
  readonly mailboxId?: string | undefined;
  readonly stagingHours: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What is claimed may have been left behind by a crash. */
const unfinished = ['staged', 'executing'] as const;
const hourMs = 60 * 60_000;
/** What becomes due while the switch is being put off counts as overdue. */
const aheadMs = 60_000;

/**
 * Lets staged mail that has become due while the kill switch was on, or its owner was deactivated, wait for its full
 * time again. To be called before that ends, for a user or one mailbox; otherwise nothing is extended.
 * @returns how many messages got a new time
 */
export async function extendBeforeResuming({ userId, mailboxId, stagingHours, now }: ExpiryExtension): Promise<number> {
  const isPaused =
    mailboxId === undefined
      ? await User.exists({ _id: userId, $or: [{ 'preferences.automationPaused': true }, { isActive: false }] })
      : await Mailbox.exists({ _id: mailboxId, userId, 'settings.automationPaused': true });
  if (isPaused === null) return 0;
  const { modifiedCount } = await StagedEmail.updateMany(
    {
      userId,
      ...(mailboxId === undefined ? {} : { mailboxId }),
      status: mongoose.trusted({ $in: [...unfinished] }),
      expiresAt: mongoose.trusted({ $lte: new Date(now + aheadMs) }),
    },
    { $set: { expiresAt: new Date(now + stagingHours * hourMs) } },
  );
  return modifiedCount;
}

/**
 * The same for mail of a mailbox that was staged, and became due, before it was connected last: while it was
 * disconnected its owner could not have got it back.
 * @returns how many messages got a new time
 */
export async function extendAcrossConnection({ mailboxId, clock }: WriteLease): Promise<number> {
  const mailbox = await Mailbox.findById(mailboxId, 'connectedAt').lean();
  if (mailbox?.connectedAt === undefined) return 0;
  const before = mongoose.trusted({ $lt: mailbox.connectedAt });
  const status = mongoose.trusted({ $in: [...unfinished] });
  const rows = await StagedEmail.find(
    { mailboxId, status, expiresAt: before, stagedAt: before },
    'stagedAt expiresAt',
  ).lean();
  for (const { _id, stagedAt, expiresAt } of rows) {
    const fullTimeMs = expiresAt.getTime() - stagedAt.getTime();
    await StagedEmail.updateOne({ _id, expiresAt }, { $set: { expiresAt: new Date(clock() + fullTimeMs) } });
  }
  return rows.length;
}
