import { AuditLog, type IBlindWindow, type IMailbox } from '../../models/index.ts';
import type { Types } from 'mongoose';
import { baseIntervalMs } from '../delta-sync/sync-interval.ts';
import { minuteMs } from '../../lib/durations.ts';

/** How much later than its time a synchronization begins without anything being wrong: jobs are spread, and queue. */
const slackMs = 5 * minuteMs;

/** What is known about the time before a synchronization. */
export interface WatchedUntil {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Until when the mailbox was looked at; missing before the first time. */
  readonly seenUntil?: Date | undefined;
  /** When it was to be looked at again. */
  readonly dueAt?: Date | undefined;
  readonly connectedAt?: Date | undefined;
  /** When it lost its connection last, if that is on record. */
  readonly disconnectedAt?: Date | undefined;
}

/**
 * Whether nobody looked although somebody should have. A mailbox that its notifications allow to wait is not overdue.
 * @param dueAt when it was to be synchronized
 * @param now milliseconds since the epoch
 */
export function isOverdue(dueAt: Date | undefined, now: number): boolean {
  return dueAt !== undefined && now > dueAt.getTime() + baseIntervalMs + slackMs;
}

/** The time in which changes could not be seen one by one, if there was one before this synchronization. */
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

/** When a mailbox that was connected again after `seenUntil` had lost its connection. */
export async function lastDisconnection(mailbox: Connected, seenUntil: Date | undefined): Promise<Date | undefined> {
  const { _id: mailboxId, userId, connectedAt } = mailbox;
  if (seenUntil === undefined || connectedAt === undefined || connectedAt <= seenUntil) return undefined;
  const entry = await AuditLog.findOne({ userId, action: 'mailbox_disconnected', mailboxId }, 'createdAt')
    .sort({ createdAt: -1 })
    .lean();
  return entry?.createdAt;
}
