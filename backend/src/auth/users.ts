import { setTimeout as delay } from 'node:timers/promises';
import type { Types } from 'mongoose';
import { AppError, NotFoundError } from '../lib/errors.ts';
import { type IUser, type Role, User } from '../models/index.ts';
import { after, isNot } from '../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';
import { endAllSessions } from './sessions.ts';
import { actOnUser, type UserAct } from './user-acts.ts';

/** Two admins who remove each other meet at most a few times before one of them is first. */
const maxMeetings = 10;
const defaultPage = 50;

export type StoredUser = IUser & { _id: Types.ObjectId };

export interface UserPage {
  readonly users: StoredUser[];
  /** Given as `after`, it brings the next page; missing on the last. */
  readonly next?: Types.ObjectId;
}

/** Returns a page of all users, oldest first. @throws AppError 503 too_much */
export async function listUsers(page: { after?: Types.ObjectId; limit?: number } = {}): Promise<UserPage> {
  const { after: last, limit = defaultPage } = page;
  const query = User.find({ ...(last && { _id: after(last) }) })
    .sort({ _id: 1 })
    .limit(limit + 1)
    .maxTimeMS(queryTimeoutMs)
    .lean();
  const users = await withQueryTimeout(query.exec());
  const shown = users.slice(0, limit);
  const next = users.length > limit ? shown.at(-1)?._id : undefined;
  return { users: shown, ...(next && { next }) };
}

/** @throws NotFoundError; AppError 409 last_admin when nobody active would be an admin any more */
export async function changeRole(act: UserAct, role: Role): Promise<StoredUser> {
  const user = await findUser(act.userId);
  if (user.role === role) return user;
  const change = { from: { role: user.role }, to: { role } };
  await actOnUser('user_role_changed', act, {
    details: { from: user.role, to: role },
    change: () => (role === 'admin' ? update(act.userId, change) : stepDown(act.userId, change)),
  });
  return findUser(act.userId);
}

/**
 * Ends a user's sessions at once and keeps them out. Their automation and sync rest too: no token of their mailboxes
 * is handed out while isActive is false. Their own switches (automationPaused) are left as they are.
 * @throws NotFoundError; AppError 409 last_admin
 */
export async function deactivateUser(act: UserAct): Promise<StoredUser> {
  const user = await findUser(act.userId);
  if (user.isActive) {
    const change = { from: { isActive: true }, to: { isActive: false } };
    await actOnUser('user_deactivated', act, { change: () => stepDown(act.userId, change) });
  }
  await endAllSessions(act.userId);
  return findUser(act.userId);
}

/** @throws NotFoundError */
export async function reactivateUser(act: UserAct): Promise<StoredUser> {
  const { isActive } = await findUser(act.userId);
  const change = { from: { isActive: false }, to: { isActive: true } };
  if (!isActive) await actOnUser('user_reactivated', act, { change: () => update(act.userId, change) });
  return findUser(act.userId);
}

/**
 * Refuses to let the last admin go while others are left who would have none. The only user may go: then there is no
 * admin, and ADMIN_EMAIL names the next one.
 * @throws AppError 409 last_admin; NotFoundError
 */
export async function refuseLastAdmin(userId: Types.ObjectId): Promise<void> {
  const { role, isActive } = await findUser(userId);
  if (role !== 'admin' || !isActive || (await isAnotherAdminActive(userId))) return;
  if ((await User.exists({ _id: isNot(userId), isActive: true })) !== null) throw lastAdminError();
}

/**
 * Ends a user's sessions at once and keeps them out, because they delete their account.
 * @returns whether an active admin is left
 * @throws NotFoundError; AppError 409 last_admin
 */
export async function closeAccount(userId: Types.ObjectId): Promise<boolean> {
  await refuseLastAdmin(userId);
  const isSole = (await User.exists({ _id: isNot(userId), isActive: true })) === null;
  if (isSole) await User.updateOne({ _id: userId }, { $set: { isActive: false } });
  else await deactivateUser({ userId, by: userId });
  await endAllSessions(userId);
  return isAnotherAdminActive(userId);
}

/** A change of what makes a user an active admin. */
interface AdminChange {
  readonly from: Partial<Pick<IUser, 'role' | 'isActive'>>;
  readonly to: Partial<Pick<IUser, 'role' | 'isActive'>>;
}

/** @returns undefined when another was faster */
async function update(_id: Types.ObjectId, { from, to }: AdminChange): Promise<true | undefined> {
  const { modifiedCount } = await User.updateOne({ _id, ...from }, { $set: to });
  return modifiedCount === 1 ? true : undefined;
}

/**
 * A change that may take an admin away. The store has no lock over several rows, so it is made, and taken back when
 * it leaves no active admin; of two who do this to each other, one waits and finds itself the last.
 * @returns undefined when another was faster
 * @throws AppError 409 last_admin; nothing is changed then
 */
async function stepDown(userId: Types.ObjectId, { from, to }: AdminChange): Promise<true | undefined> {
  for (let meeting = 1; meeting <= maxMeetings; meeting += 1) {
    const { role, isActive } = await findUser(userId);
    const isActiveAdmin = role === 'admin' && isActive;
    if (isActiveAdmin && !(await isAnotherAdminActive(userId))) break;
    const done = await update(userId, { from, to });
    if (!isActiveAdmin || (await isAnotherAdminActive(userId))) return done;
    await update(userId, { from: to, to: from });
    await delay(Math.random() * 100);
  }
  throw lastAdminError();
}

function lastAdminError(): AppError {
  return new AppError(
    409,
    'last_admin',
    'The last active admin must remain while there are other users: make another user an admin first, or withdraw open invitations',
  );
}

async function isAnotherAdminActive(userId: Types.ObjectId): Promise<boolean> {
  const others = { _id: isNot(userId), role: 'admin' as const, isActive: true };
  return (await User.exists(others)) !== null;
}

/** @throws NotFoundError */
export async function findUser(userId: Types.ObjectId): Promise<StoredUser> {
  const user = await User.findById(userId).lean();
  if (user === null) throw new NotFoundError('There is no such user');
  return user;
}
