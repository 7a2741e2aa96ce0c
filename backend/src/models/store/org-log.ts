import { Types } from 'mongoose';
import { User } from '../User.ts';
import { type IOrgLog, OrgLog, type OrgLogKind } from '../OrgLog.ts';
import { isDuplicateKey } from './duplicate-key.ts';
import { missing } from './query-operators.ts';

export interface OrgEntry {
  /** Derived from the occasion where it must not be written twice; a new id if left out. */
  readonly _id?: Types.ObjectId;
  readonly kind: OrgLogKind;
  /** The user who did it. */
  readonly by?: Types.ObjectId | undefined;
  /** The same by its `logId`, for a user whose row does not exist yet. */
  readonly actor?: Types.ObjectId | undefined;
  /** The user whom it concerns. */
  readonly about?: Types.ObjectId | undefined;
  /** The same by its `logId`, for a user whose row is gone, or does not exist yet. */
  readonly target?: Types.ObjectId | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Writes an entry of the organization's log, once per `_id`. */
export async function recordOrgEntry({ _id, kind, by, about, details, ...given }: OrgEntry): Promise<void> {
  const [actor = given.actor, target = given.target] = await Promise.all([logIdOf(by), logIdOf(about)]);
  const row: Partial<IOrgLog> & { _id?: Types.ObjectId } = {
    kind,
    ...(_id && { _id }),
    ...(actor && { actor }),
    ...(target && { target }),
    ...(details && { details: { ...details } }),
  };
  try {
    await OrgLog.create(row);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** Removes an entry about something that did not happen after all. */
export async function dropOrgEntry(_id: Types.ObjectId): Promise<void> {
  await OrgLog.deleteOne({ _id });
}

/**
 * Returns the id by which the organization's log names a user: random, given once, and stored in the user's row alone.
 * @returns undefined when there is no such user
 */
export async function logIdOf(userId: Types.ObjectId | undefined): Promise<Types.ObjectId | undefined> {
  if (userId === undefined) return undefined;
  const user = await User.findById(userId, 'logId').lean();
  if (user === null || user.logId !== undefined) return user?.logId;
  await User.updateOne({ _id: userId, logId: missing() }, { $set: { logId: new Types.ObjectId() } });
  return (await User.findById(userId, 'logId').lean())?.logId;
}
