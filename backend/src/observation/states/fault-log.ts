import type { UpdateQuery } from 'mongoose';
import type { Logger } from '../../lib/logger.ts';
import type { IMailbox, IReadFault } from '../../models/index.ts';
import { inGraphTime, newestWindows } from '../coverage/blind-windows.ts';
import { type FoundFault, isUnreadable, mergeFault } from './read-fault.ts';
import { isDueToTell, tellEnd, tellFault, type ToldMailbox } from './tell-fault.ts';

/** A mailbox under its lease: one process at a time changes its fault. */
export interface FaultyMailbox {
  readonly mailbox: ToldMailbox & { readonly readFault?: IReadFault | undefined };
  /** Updates the mailbox. @throws LeaseLostError when another process holds it */
  readonly write: (update: UpdateQuery<IMailbox>) => Promise<void>;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Converts our time to Graph's, in milliseconds since the epoch. */
  readonly toGraphTime: (ours: number) => number;
}

/**
 * Stores a fault, and tells of it once. A crash in between tells of it at the next attempt.
 * @param more fields of the mailbox that are set with it
 */
export async function noteFault(
  { mailbox, write, logger, now }: FaultyMailbox,
  found: FoundFault,
  more: Readonly<Partial<Record<keyof IMailbox, unknown>>> = {},
): Promise<void> {
  const fault = mergeFault(mailbox.readFault, found, new Date(now));
  await write({ $set: { ...more, readFault: fault } });
  if (!isDueToTell(fault, now)) return;
  await tellFault(mailbox, fault, { logger, now });
  await write({ $set: { 'readFault.told': [...fault.told, fault.reason] } });
}

/** Removes the fault of a mailbox that is read again, keeps the time in which it could not be read, and tells of its end. */
export async function endFault({ mailbox, write, logger, now, toGraphTime }: FaultyMailbox): Promise<void> {
  const { readFault: fault } = mailbox;
  if (fault === undefined) return;
  if (fault.told.length > 0) await tellEnd(mailbox, fault, logger);
  const { since, reason } = fault;
  const window = inGraphTime({ from: since, to: new Date(now), reason: 'unreadable' }, toGraphTime);
  await write({
    $unset: { readFault: 1 },
    ...(isUnreadable(reason) && { $push: { blindWindows: newestWindows(window) } }),
  });
}
