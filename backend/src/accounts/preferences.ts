import type { Types } from 'mongoose';
import { NotFoundError } from '../lib/errors.ts';
import { AuditLog, type IUser, User } from '../models/index.ts';
import { signalChange } from '../models/store/change-signal.ts';

/** The preferences that a person may change. A field that is left out keeps its value. */
export interface PreferencesChange {
  readonly automationPaused?: boolean | undefined;
  readonly aggressiveness?: IUser['preferences']['aggressiveness'] | undefined;
}

/** Reads a user's preferences. @throws NotFoundError for an unknown user */
export async function readPreferences(userId: string): Promise<IUser['preferences']> {
  const user = await User.findById(userId, 'preferences').lean();
  if (user === null) throw new NotFoundError('There is no such user');
  return user.preferences;
}

/** Updates a user's preferences, and records a turn of the kill switch. @throws NotFoundError for an unknown user */
export async function changePreferences(userId: string, change: PreferencesChange): Promise<IUser> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const $set = Object.fromEntries(given.map(([name, value]) => [`preferences.${name}`, value]));
  const before = await User.findOneAndUpdate({ _id: userId }, { $set }).lean();
  const after = await User.findById(userId).lean<IUser & { _id: Types.ObjectId }>();
  if (before === null || after === null) throw new NotFoundError('There is no such user');
  signalChange({ userId, topics: ['preferences'] });
  const { automationPaused = before.preferences.automationPaused } = change;
  if (before.preferences.automationPaused !== automationPaused) {
    const action = automationPaused ? 'automation_paused' : 'automation_resumed';
    await AuditLog.create({ userId, action, targetType: 'settings', targetId: userId });
  }
  return after;
}
