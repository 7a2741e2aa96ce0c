import type { HydratedDocument } from 'mongoose';
import { type IUser, User } from '../../src/models/index.ts';
import { nextNumber } from './sequence.ts';

/** Stores a user with an address of its own. */
export function buildUser(fields: Partial<IUser> = {}): Promise<HydratedDocument<IUser>> {
  return User.create({ email: `user${nextNumber()}@example.com`, ...fields });
}
