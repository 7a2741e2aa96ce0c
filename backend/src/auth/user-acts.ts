import { Types } from 'mongoose';
import { AppError } from '../lib/errors.ts';
import { type IUser, User } from '../models/index.ts';
import {
  closeIntent,
  type OpenIntent,
  type RecoveryReport,
  recoverIntents,
  underWayMs,
  withIntent,
} from '../models/store/intent-log.ts';
import { isIn } from '../models/store/query-operators.ts';
import { endAllSessions } from './sessions.ts';

/** Whom an admin acts upon. */
export interface UserAct {
  readonly userId: Types.ObjectId;
  /** The admin. */
  readonly by: Types.ObjectId;
}

interface Change {
  /** Facts for the logs: neither an address nor an id. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The `logId` of a user whom `change` creates. */
  readonly target?: Types.ObjectId;
  /** Returns undefined if it changed nothing; if it throws an AppError, it has changed nothing either. */
  readonly change: () => Promise<true | undefined>;
}

/**
 * Makes a change of a user, with an entry in the admin's audit log and one in the organization's log. Both are written
 * before the change, and removed if there is none.
 * @throws what `change` throws
 */
export async function actOnUser(
  action: UserActKind,
  { userId, by }: UserAct,
  { details = {}, target, change }: Change,
): Promise<void> {
  // an interrupted act is recognized by its effect, which this one may undo
  await recoverUserActs(Date.now(), userId);
  const intent = { userId: by, action, targetType: 'user', targetId: userId.toHexString(), details } as const;
  const refused: { by?: AppError } = {};
  const attempt = () =>
    change().catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      refused.by = error;
      return undefined;
    });
  await withIntent(intent, attempt, target);
  if (refused.by !== undefined) throw refused.by;
}

/** Returns the address that a user has once an admin has released theirs. */
export function releasedAddress(userId: Types.ObjectId): string {
  return `released-${userId.toHexString()}@msedb.invalid`;
}

/**
 * Recovers acts on users that a crash left open: closes those that took effect, and removes the entries of others once
 * they are too old to be under way. Any number of processes may do it at once.
 * @param now milliseconds since the epoch
 * @param userId the user who was acted upon; all if left out
 */
export function recoverUserActs(now: number, userId?: Types.ObjectId): Promise<RecoveryReport> {
  const acts = { action: isIn(Object.keys(effects)), targetType: 'user' as const };
  return recoverIntents(userId === undefined ? acts : { ...acts, targetId: userId.toHexString() }, {
    complete,
    dropBefore: new Date(now - underWayMs),
  });
}

async function complete({ _id, action, targetId, details }: OpenIntent): Promise<boolean> {
  const userId = new Types.ObjectId(targetId);
  const user = await User.findById(userId, 'role isActive email').lean();
  const hasTakenEffect = isUserAct(action) && effects[action](user, { userId, details });
  if (!hasTakenEffect) return false;
  if (action === 'user_deactivated') await endAllSessions(userId);
  await closeIntent(_id);
  return true;
}

type ActEffect = (
  user: Pick<IUser, 'role' | 'isActive' | 'email'> | null,
  act: { readonly userId: Types.ObjectId; readonly details: Readonly<Record<string, unknown>> | undefined },
) => boolean;

/** Tell if an act took effect. Of a user who is gone by now that is not known: the act counts as made. */
const effects = {
  user_invited: (user) => user !== null,
  user_invitation_withdrawn: (user) => user === null,
  user_role_changed: (user, { details }) => user === null || user.role === details?.['to'],
  user_deactivated: (user) => user?.isActive !== true,
  user_reactivated: (user) => user?.isActive !== false,
  user_address_released: (user, { userId }) => user === null || user.email === releasedAddress(userId),
} as const satisfies Partial<Record<OpenIntent['action'], ActEffect>>;

type UserActKind = keyof typeof effects;

function isUserAct(action: OpenIntent['action']): action is UserActKind {
  return Object.hasOwn(effects, action);
}
