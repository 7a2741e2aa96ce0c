import type { Types } from 'mongoose';
import { NotFoundError } from '../lib/errors.ts';
import { AuditLog, type IUser, User } from '../models/index.ts';

/** What a person may set for themselves; what is left out keeps its value, null removes it. */
export interface PreferencesChange {
  readonly automationPaused?: boolean | undefined;
  readonly workingHoursStart?: number | null | undefined;
  readonly workingHoursEnd?: number | null | undefined;
  readonly aggressiveness?: IUser['preferences']['aggressiveness'] | undefined;
}

/** @throws NotFoundError when there is no such user */
export async function changePreferences(userId: string, change: PreferencesChange): Promise<IUser> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const $set = Object.fromEntries(given.filter(([, v]) => v !== null).map(([name, v]) => [`preferences.${name}`, v]));
  const $unset = Object.fromEntries(given.filter(([, v]) => v === null).map(([name]) => [`preferences.${name}`, 1]));
  const before = await User.findOneAndUpdate({ _id: userId }, { $set, $unset }).lean();
  const after = await User.findById(userId).lean<IUser & { _id: Types.ObjectId }>();
  if (before === null || after === null) throw new NotFoundError('There is no such user');
  const { automationPaused = before.preferences.automationPaused } = change;
  if (before.preferences.automationPaused !== automationPaused) {
    const action = automationPaused ? 'automation_paused' : 'automation_resumed';
    await AuditLog.create({ userId, action, targetType: 'settings', targetId: userId });
  }
  return after;
}
