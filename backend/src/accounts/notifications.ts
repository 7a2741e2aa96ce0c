import mongoose, { type FilterQuery, Types } from 'mongoose';
import { NotFoundError } from '../lib/errors.ts';
import { type INotification, Notification } from '../models/index.ts';
import { signalNotifications } from '../models/store/notification-signal.ts';

/** The store gives a question of a person up after this time. */
const queryTimeoutMs = 5_000;

export type StoredNotification = INotification & { readonly _id: Types.ObjectId };

/** Which notifications of a user; what is left out does not matter. */
export interface NotificationFilter {
  readonly userId: string;
  /** Only those that are not read yet; or, if false, only those that are. */
  readonly unread?: boolean | undefined;
  readonly types?: readonly INotification['type'][] | undefined;
}

/** A notification's cursor among all of its user: by time, and by id among those of the same time. */
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

/** One page of notifications, the newest first. */
export async function listNotifications(
  { userId, unread, types }: NotificationFilter,
  { limit, after }: { readonly limit: number; readonly after?: NotificationCursor | undefined },
): Promise<NotificationPage> {
  const found = await Notification.find({
    userId,
    ...(unread === undefined ? {} : { isRead: !unread }),
    ...(types === undefined ? {} : { type: mongoose.trusted({ $in: [...types] }) }),
    ...(after === undefined ? {} : olderThan(after)),
  })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredNotification[]>()
    .exec();
  const notifications = found.slice(0, limit);
  const last = notifications.at(-1);
  if (found.length <= limit || last === undefined) return { notifications };
  return { notifications, next: cursorOf(last) };
}

/** The notifications of a user that follow a cursor, the oldest first; at most `limit`. */
export function readNotificationsAfter(
  userId: string,
  cursor: NotificationCursor,
  limit: number,
): Promise<StoredNotification[]> {
  return Notification.find({ userId, ...newerThan(cursor) })
    .sort({ createdAt: 1, _id: 1 })
    .limit(limit)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredNotification[]>()
    .exec();
}

/** How many notifications of a user are not read yet. */
export function countUnread(userId: string): Promise<number> {
  return Notification.countDocuments({ userId, isRead: false }).maxTimeMS(queryTimeoutMs).exec();
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
  const _id = mongoose.trusted({ $lt: new Types.ObjectId(id) });
  return {
    createdAt: mongoose.trusted({ $lte: timestamp }),
    $or: [{ createdAt: mongoose.trusted({ $lt: timestamp }) }, { createdAt: timestamp, _id }],
  };
}

function newerThan({ timestamp, id }: NotificationCursor): FilterQuery<INotification> {
  const _id = mongoose.trusted({ $gt: new Types.ObjectId(id) });
  return {
    createdAt: mongoose.trusted({ $gte: timestamp }),
    $or: [{ createdAt: mongoose.trusted({ $gt: timestamp }) }, { createdAt: timestamp, _id }],
  };
}
