import { dayMs } from '../lib/durations.ts';
import { User } from '../models/index.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { notifyOnce } from '../models/store/notify-once.ts';

/** A notification to all active admins. */
export interface AdminNotice {
  /** Identifies the occasion: each admin gets one notification for it. */
  readonly occasion: readonly string[];
  /** The time of the occasion. */
  readonly at: Date;
  readonly title: string;
  readonly message: string;
}

/** Notifies every active admin, once per occasion however often it is called. */
export async function notifyAdmins({ occasion, at, title, message }: AdminNotice): Promise<void> {
  const admins = await User.find({ role: 'admin', isActive: true }, '_id').lean();
  for (const { _id: userId } of admins) {
    const id = deterministicId(at, [...occasion, userId.toHexString()]);
    await notifyOnce(id, { userId, type: 'system', priority: 'high', title, message });
  }
}

/** Returns the beginning of a day in UTC: the time of an occasion that is told once a day. */
export function dayOf(now: number): Date {
  return new Date(Math.floor(now / dayMs) * dayMs);
}
