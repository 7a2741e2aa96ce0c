import { z } from 'zod';
import {
  countUnread,
  listNotifications,
  readAllNotifications,
  readNotification,
} from '../../accounts/notifications.ts';
import { cursor, encodeCursor } from '../../http/cursor.ts';
import { json, problem, route, type RouteContext } from '../../http/route.ts';
import { notificationTypes } from '../../models/Notification.ts';
import { notificationResponse, presentNotification } from './notifications.presenter.ts';
import { count, id, listOf, pageSchema, pageQuery, tooSlow } from '../schemas.ts';

const tag = 'notifications';

const query = z.strictObject({
  unread: z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .optional()
    .describe('true: unread only; false: read only; all when omitted'),
  type: listOf(notificationTypes),
  ...pageQuery(cursor),
});

const page = pageSchema(notificationResponse);

/** Mounts the notifications of a user. */
export function mountNotifications(context: RouteContext): void {
  mountList(context);
  mountCount(context);
  mountReading(context);
}

function mountList(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/notifications'],
    {
      summary: 'Notifications, newest first, paginated; kept for 30 days',
      tag,
      query,
      responses: { 200: json(page), 503: tooSlow },
    },
    async ({ query: { unread, type, limit, cursor: after } }, { userId }) => {
      const { notifications, next } = await listNotifications({ userId, unread, types: type }, { limit, after });
      const items = notifications.map(presentNotification);
      return { status: 200, body: { items, nextCursor: next === undefined ? null : encodeCursor(next) } };
    },
  );
}

function mountCount(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/notifications/unread-count'],
    {
      summary: 'Number of unread notifications',
      tag,
      responses: { 200: json(z.object({ unread: count })), 503: tooSlow },
    },
    async (_input, { userId }) => ({ status: 200, body: { unread: await countUnread(userId) } }),
  );
}

function mountReading(context: RouteContext): void {
  route(
    context,
    ['user', 'post', '/api/notifications/{notificationId}/read'],
    {
      summary: 'Mark a notification as read. Idempotent',
      tag,
      params: z.strictObject({ notificationId: id }),
      responses: { 200: json(notificationResponse), 404: problem('The caller has no such notification') },
    },
    async ({ params: { notificationId } }, { userId }) => ({
      status: 200,
      body: presentNotification(await readNotification(userId, notificationId)),
    }),
  );
  route(
    context,
    ['user', 'post', '/api/notifications/read-all'],
    {
      summary: 'Mark all notifications as read. Idempotent',
      tag,
      responses: { 200: json(z.object({ read: count.describe('Number of notifications that were unread') })) },
    },
    async (_input, { userId }) => ({ status: 200, body: { read: await readAllNotifications(userId) } }),
  );
}
