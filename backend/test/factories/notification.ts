import type { HydratedDocument } from 'mongoose';
import { type INotification, Notification } from '../../src/models/index.ts';
import { buildUser } from './user.ts';

/** Stores a notification, and its user unless one is given. */
export async function buildNotification(fields: Partial<INotification> = {}): Promise<HydratedDocument<INotification>> {
  const userId = fields.userId ?? (await buildUser())._id;
  return Notification.create({ userId, type: 'system', title: 'Welcome', message: 'All is well', ...fields });
}
