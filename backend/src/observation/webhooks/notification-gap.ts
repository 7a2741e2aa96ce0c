import mongoose, { Types } from 'mongoose';
import type { Clock } from '../../lib/clock.ts';
import { type IBlindWindow, Mailbox } from '../../models/index.ts';
import { newestWindows } from '../coverage/blind-windows.ts';
import { baseIntervalMs } from '../delta-sync/sync-interval.ts';

export interface GapDeps {
  /** Puts a synchronization of the mailbox on the queue, for now. */
  readonly requestSync: (mailboxId: string) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Has a synchronization find what no notification told of: now, and often from now on. The mailbox is due even if the
 * request is lost.
 * @throws what requestSync throws
 */
export async function closeGap({ requestSync, clock }: GapDeps, mailboxId: Types.ObjectId | string): Promise<void> {
  await Mailbox.updateOne(
    { _id: new Types.ObjectId(mailboxId) },
    { $set: { nextSyncAt: new Date(clock()), syncIntervalMs: baseIntervalMs } },
  );
  await requestSync(mailboxId.toString());
}

/** Notes a time in which changes of a mailbox were not told of. Noting it again, with another end, adds nothing. */
export async function noteBlindWindow(mailboxId: Types.ObjectId, window: IBlindWindow): Promise<void> {
  const { from, reason } = window;
  const noted = { _id: mailboxId, blindWindows: mongoose.trusted({ $elemMatch: { from, reason } }) };
  if ((await Mailbox.exists(noted)) !== null) return;
  await Mailbox.updateOne({ _id: mailboxId }, { $push: { blindWindows: newestWindows(window) } });
}
