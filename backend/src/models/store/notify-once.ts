import type { Types } from 'mongoose';
import { isDuplicateKey } from './duplicate-key.ts';
import { type INotification, Notification } from '../Notification.ts';

type Notice = Pick<INotification, 'userId' | 'type' | 'title' | 'message'> & Partial<INotification>;

/**
 * Tells a user something, however many find it out or repeat it: `id` stands for the occasion.
 * @returns whether they were told now, and not before
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
