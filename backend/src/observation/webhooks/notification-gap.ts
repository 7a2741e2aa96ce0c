import mongoose, { Types } from 'mongoose';
import type { Clock } from '../../lib/clock.ts';
import { type IBlindWindow, Mailbox } from '../../models/index.ts';
import { newestWindows } from '../coverage/blind-windows.ts';
import { baseIntervalMs } from '../delta-sync/sync-interval.ts';

export interface GapDeps {
  /** Queues an immediate synchronization of the mailbox. */
  readonly requestSync: (mailboxId: string) => Promise<void>;
  readonly clock: Clock;
}

/**
 * Requests a synchronization that finds unannounced changes, and resets the interval to the shortest one. The mailbox
 * is due even if the request is lost.
 * @throws what requestSync throws
 */
export async function closeGap({ requestSync, clock }: GapDeps, mailboxId: Types.ObjectId | string): Promise<void> {
  await Mailbox.updateOne(
    { _id: new Types.ObjectId(mailboxId) },
    { $set: { nextSyncAt: new Date(clock()), syncIntervalMs: baseIntervalMs } },
  );
  await requestSync(mailboxId.toString());
}

/** Stores a blind window of a mailbox. A window with the same start and reason is stored once. */
export async function noteBlindWindow(mailboxId: Types.ObjectId, window: IBlindWindow): Promise<void> {
  const { from, reason } = window;
  const noted = { _id: mailboxId, blindWindows: mongoose.trusted({ $elemMatch: { from, reason } }) };
  if ((await Mailbox.exists(noted)) !== null) return;
  await Mailbox.updateOne({ _id: mailboxId }, { $push: { blindWindows: newestWindows(window) } });
}
