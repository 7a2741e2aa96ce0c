import type { Types } from 'mongoose';
import { isDuplicateKey } from './duplicate-key.ts';
import { type INotification, Notification } from '../Notification.ts';

type Notice = Pick<INotification, 'userId' | 'type' | 'title' | 'message'> & Partial<INotification>;

/**
 * Notifies a user once per occasion, however often it is called: `id` identifies the occasion.
 * @returns true when the notification is new
 */
export async function notifyOnce(id: Types.ObjectId, notice: Notice): Promise<boolean> {
  try {
    await Notification.create({ _id: id, ...notice });
    return true;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}
