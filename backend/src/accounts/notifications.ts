import { type FilterQuery, Types } from 'mongoose';
import { NotFoundError } from '../lib/errors.ts';
import { type INotification, Notification } from '../models/index.ts';
import { after, before, isIn, since, until } from '../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';
import { signalNotifications } from '../models/store/notification-signal.ts';

export type StoredNotification = INotification & { readonly _id: Types.ObjectId };

/** A user's notifications; an omitted field does not filter. */
export interface NotificationFilter {
  readonly userId: string;
  /** true: only unread ones; false: only read ones. */
  readonly unread?: boolean | undefined;
  readonly types?: readonly INotification['type'][] | undefined;
}

/** The position of a notification among all of its user: by time, then by id. */
export interface NotificationCursor {
  readonly timestamp: Date;
  /** 24 hexadecimal digits. */
  readonly id: string;
}

export interface NotificationPage {
  readonly notifications: StoredNotification[];
  /** Where the next page begins; missing on the last. */
  readonly next?: NotificationCursor;
}

export function cursorOf({ createdAt, _id }: Pick<StoredNotification, 'createdAt' | '_id'>): NotificationCursor {
  return { timestamp: createdAt, id: _id.toHexString() };
}

/** Returns one page of notifications, newest first. @throws AppError 503 too_much */
export async function listNotifications(
  { userId, unread, types }: NotificationFilter,
  { limit, after: cursor }: { readonly limit: number; readonly after?: NotificationCursor | undefined },
): Promise<NotificationPage> {
  const query = Notification.find({
    userId,
    ...(unread !== undefined && { isRead: !unread }),
    ...(types && { type: isIn(types) }),
    ...(cursor && olderThan(cursor)),
  })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredNotification[]>();
  const found = await withQueryTimeout(query.exec());
  const notifications = found.slice(0, limit);
  const last = notifications.at(-1);
  if (found.length <= limit || last === undefined) return { notifications };
  return { notifications, next: cursorOf(last) };
}

/** Returns the notifications of a user after a cursor, oldest first; at most `limit`. @throws AppError 503 too_much */
export function readNotificationsAfter(
  userId: string,
  cursor: NotificationCursor,
  limit: number,
): Promise<StoredNotification[]> {
  const query = Notification.find({ userId, ...newerThan(cursor) })
    .sort({ createdAt: 1, _id: 1 })
    .limit(limit)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredNotification[]>();
  return withQueryTimeout(query.exec());
}

/** Counts a user's unread notifications. @throws AppError 503 too_much */
export function countUnread(userId: string): Promise<number> {
  return withQueryTimeout(Notification.countDocuments({ userId, isRead: false }).maxTimeMS(queryTimeoutMs).exec());
}

/**
 * Notes that a user has read a notification. Reading it again changes nothing.
 * @throws NotFoundError when the user has no such notification
 */
export async function readNotification(userId: string, notificationId: string): Promise<StoredNotification> {
  const { modifiedCount } = await Notification.updateOne({ _id: notificationId, userId, isRead: false }, readNow());
  if (modifiedCount > 0) signalNotifications(userId);
  const notification = await Notification.findOne({ _id: notificationId, userId }).lean<StoredNotification>();
  if (notification === null) throw new NotFoundError('There is no such notification');
  return notification;
}

/** Notes that a user has read all their notifications. @returns how many were not read before */
export async function readAllNotifications(userId: string): Promise<number> {
  const { modifiedCount } = await Notification.updateMany({ userId, isRead: false }, readNow());
  if (modifiedCount > 0) signalNotifications(userId);
  return modifiedCount;
}

function readNow() {
  return { $set: { isRead: true, readAt: new Date() } };
}

/** The cursor bounds the time by itself, too: the store begins to read there. */
function olderThan({ timestamp, id }: NotificationCursor): FilterQuery<INotification> {
  const _id = before(new Types.ObjectId(id));
  return { createdAt: until(timestamp), $or: [{ createdAt: before(timestamp) }, { createdAt: timestamp, _id }] };
}

function newerThan({ timestamp, id }: NotificationCursor): FilterQuery<INotification> {
  const _id = after(new Types.ObjectId(id));
  return { createdAt: since(timestamp), $or: [{ createdAt: after(timestamp) }, { createdAt: timestamp, _id }] };
}
