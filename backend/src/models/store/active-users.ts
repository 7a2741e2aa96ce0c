import type { Types } from 'mongoose';
import { User } from '../User.ts';
import { isIn } from './query-operators.ts';

/** The rows that belong to active users, in their order: for nobody else is anything done. */
export async function ofActiveUsers<T extends { readonly userId: Types.ObjectId }>(rows: readonly T[]): Promise<T[]> {
  const ids = rows.map(({ userId }) => userId);
  const users = await User.find({ _id: isIn(ids), isActive: true }, '_id').lean();
  const active = new Set(users.map(({ _id }) => _id.toHexString()));
  return rows.filter(({ userId }) => active.has(userId.toHexString()));
}
