import { z } from 'zod';
import type { StoredNotification } from '../../accounts/notifications.ts';
import { notificationEntityTypes, notificationPriorities, notificationTypes } from '../../models/Notification.ts';
import { id, moment } from '../schemas.ts';

export const notificationResponse = z
  .object({
    id,
    type: z.enum(notificationTypes),
    title: z.string(),
    message: z.string(),
    priority: z.enum(notificationPriorities),
    createdAt: moment,
    isRead: z.boolean(),
    readAt: moment.nullable(),
    relatedEntity: z
      .object({ type: z.enum(notificationEntityTypes), id })
      .nullable()
      .describe('The pattern, rule or staged message it is about; null: none'),
  })
  .meta({ id: 'Notification' });

/** Presents a notification. */
export function presentNotification(notification: StoredNotification): z.output<typeof notificationResponse> {
  const { _id, type, title, message, priority, createdAt, isRead, readAt, relatedEntity } = notification;
  const { entityType, entityId } = relatedEntity ?? {};
  return {
    id: _id.toHexString(),
    type,
    title,
    message,
    priority,
    createdAt: createdAt.toISOString(),
    isRead,
    readAt: readAt?.toISOString() ?? null,
    relatedEntity:
      entityType === undefined || entityId === undefined ? null : { type: entityType, id: entityId.toHexString() },
  };
}
