import type { Types } from 'mongoose';
import { User } from '../User.ts';
import { isIn } from './query-operators.ts';

/** Returns the rows of active users, in their order; inactive users get no work done. */
export async function ofActiveUsers<T extends { readonly userId: Types.ObjectId }>(rows: readonly T[]): Promise<T[]> {
  const ids = rows.map(({ userId }) => userId);
  const users = await User.find({ _id: isIn(ids), isActive: true }, '_id').lean();
  const active = new Set(users.map(({ _id }) => _id.toHexString()));
  return rows.filter(({ userId }) => active.has(userId.toHexString()));
}
