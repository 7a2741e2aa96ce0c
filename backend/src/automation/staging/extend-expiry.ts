import { defined } from '../../lib/defined.ts';
import { hourMs, minuteMs } from '../../lib/durations.ts';
import { Mailbox, StagedEmail, User } from '../../models/index.ts';
import { expiringStagingStatuses } from '../../models/StagedEmail.ts';
import type { WriteLease } from '../write-lease.ts';
import { before, isIn, until } from '../../models/store/query-operators.ts';

interface ExpiryExtension {
  readonly userId: string;
  /** All mailboxes of the user when it is left out. */
  readonly mailboxId?: string | undefined;
  readonly stagingHours: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Mail that becomes due while automation is being resumed counts as overdue, too. */
const aheadMs = minuteMs;
const isExpiring = () => isIn(expiringStagingStatuses);

/**
 * Gives staged mail its full time again if it became due while the kill switch was on, its owner was deactivated,
 * or MSEDB only looked at the mailbox.
 * Call it before automation is resumed: if nothing is paused, nothing is extended.
 * @returns the number of messages with a new expiry
 */
export async function extendBeforeResuming({ userId, mailboxId, stagingHours, now }: ExpiryExtension): Promise<number> {
  const isPaused =
    mailboxId === undefined
      ? await User.exists({ _id: userId, $or: [{ 'preferences.automationPaused': true }, { isActive: false }] })
      : await Mailbox.exists({
          _id: mailboxId,
          userId,
          $or: [{ 'settings.automationPaused': true }, { access: 'look' }],
        });
  if (isPaused === null) return 0;
  await skipMissedMoments({ userId, mailboxId, now });
  const { modifiedCount } = await StagedEmail.updateMany(
    {
      ...defined<{ userId: string; mailboxId?: string }>({ userId, mailboxId }),
      status: isExpiring(),
      expiresAt: until(new Date(now + aheadMs)),
    },
    { $set: { expiresAt: new Date(now + stagingHours * hourMs) } },
  );
  return modifiedCount;
}

/** Work missed while paused is not done retroactively: what became due by now does not happen any more. */
async function skipMissedMoments({ userId, mailboxId, now }: Omit<ExpiryExtension, 'stagingHours'>): Promise<void> {
  const filter = defined<{ userId: string; _id?: string }>({ userId, _id: mailboxId });
  await Mailbox.updateMany(filter, { $set: { timedRulesSince: new Date(now + aheadMs) } });
}

/**
 * Gives staged mail its full time again if it was staged and became due before the mailbox was last connected: while
 * the mailbox was disconnected, its owner could not rescue it.
 * @returns the number of messages with a new expiry
 */
export async function extendAcrossConnection({ mailboxId, clock }: WriteLease): Promise<number> {
  const mailbox = await Mailbox.findById(mailboxId, 'connectedAt').lean();
  if (mailbox?.connectedAt === undefined) return 0;
  const beforeConnection = before(mailbox.connectedAt);
  const rows = await StagedEmail.find(
    { mailboxId, status: isExpiring(), expiresAt: beforeConnection, stagedAt: beforeConnection },
    'stagedAt expiresAt',
  ).lean();
  for (const { _id, stagedAt, expiresAt } of rows) {
    const fullTimeMs = expiresAt.getTime() - stagedAt.getTime();
    await StagedEmail.updateOne({ _id, expiresAt }, { $set: { expiresAt: new Date(clock() + fullTimeMs) } });
  }
  return rows.length;
}
