import { AuditLog, type IBlindWindow, type IMailbox } from '../../models/index.ts';
import type { Types } from 'mongoose';
import { baseIntervalMs } from '../delta-sync/sync-interval.ts';
import { minuteMs } from '../../lib/durations.ts';

/** Delay of a synchronization that is normal, because jobs are spread and wait in a queue. */
const slackMs = 5 * minuteMs;

/** The facts about the time before a synchronization. */
export interface WatchedUntil {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Time of the last complete reading; missing before the first. */
  readonly seenUntil?: Date | undefined;
  /** When the next synchronization was due. */
  readonly dueAt?: Date | undefined;
  readonly connectedAt?: Date | undefined;
  /** When it last lost its connection, if that is recorded. */
  readonly disconnectedAt?: Date | undefined;
}

/**
 * Tells if a due synchronization did not run in time. A mailbox with a long interval, thanks to its change
 * notifications, is not overdue.
 * @param dueAt when the synchronization was due
 * @param now milliseconds since the epoch
 */
export function isOverdue(dueAt: Date | undefined, now: number): boolean {
  return dueAt !== undefined && now > dueAt.getTime() + baseIntervalMs + slackMs;
}

/** Returns the period before this synchronization in which single changes were not observed, if there was one. */
export function blindWindowOf({
  now,
  seenUntil,
  dueAt,
  connectedAt,
  disconnectedAt,
}: WatchedUntil): IBlindWindow | undefined {
  if (seenUntil === undefined) return undefined;
  const to = new Date(now);
  if (connectedAt !== undefined && connectedAt > seenUntil) {
    if (disconnectedAt !== undefined && disconnectedAt <= connectedAt && disconnectedAt > seenUntil) {
      return { from: disconnectedAt, to, reason: 'disconnected' };
    }
    if (isOverdue(dueAt, now)) return { from: seenUntil, to, reason: 'disconnected' };
  }
  return isOverdue(dueAt, now) ? { from: seenUntil, to, reason: 'service_down' } : undefined;
}

type Connected = { readonly _id: Types.ObjectId } & Pick<IMailbox, 'userId' | 'connectedAt'>;

/** Reads when a mailbox that was connected again after `seenUntil` had lost its connection. */
export async function lastDisconnection(mailbox: Connected, seenUntil: Date | undefined): Promise<Date | undefined> {
  const { _id: mailboxId, userId, connectedAt } = mailbox;
  if (seenUntil === undefined || connectedAt === undefined || connectedAt <= seenUntil) return undefined;
  const entry = await AuditLog.findOne({ userId, action: 'mailbox_disconnected', mailboxId }, 'createdAt')
    .sort({ createdAt: -1 })
    .lean();
  return entry?.createdAt;
}
