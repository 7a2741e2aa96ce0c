import { Types } from 'mongoose';
import { AppError } from '../lib/errors.ts';
import { type IUser, type Role, User } from '../models/index.ts';
import { isDuplicateKey } from '../models/store/duplicate-key.ts';
import { missing } from '../models/store/query-operators.ts';
import { tenantOfUser } from './registration.ts';
import { actOnUser, releasedAddress, type UserAct } from './user-acts.ts';
import { deactivateUser, findUser, type StoredUser } from './users.ts';

export interface Invitation {
  readonly email: string;
  readonly role: Role;
  /** The directory whose account may sign in; the inviter's when left out. */
  readonly tenantId?: string | undefined;
  readonly by: Types.ObjectId;
}

const userExists = 'A user with this address already exists';

/**
 * Lets a person sign in, with the Microsoft account that has this name in that directory.
 * @throws AppError 409 user_exists when the address is known
 */
export async function inviteUser({ email, role, tenantId: given, by }: Invitation): Promise<StoredUser> {
  const tenantId = given ?? (await tenantOfUser(by));
  const [_id, logId] = [new Types.ObjectId(), new Types.ObjectId()];
  const row = { _id, logId, email, role, invitedBy: by, ...(tenantId !== undefined && { tenantId }) };
  await actOnUser('user_invited', { userId: _id, by }, { details: { role }, target: logId, change: () => create(row) });
  return findUser(_id);
}

async function create(row: Partial<IUser>): Promise<true> {
  try {
    await User.create(row);
    return true;
  } catch (error) {
    if (isDuplicateKey(error))
      throw new AppError(409, 'user_exists', userExists, {
        cause: error,
        fields: [{ path: ['email'], message: userExists }],
      });
    throw error;
  }
}

/**
 * Removes an invitation that nobody has taken.
 * @throws NotFoundError; AppError 409 invitation_accepted
 */
export async function withdrawInvitation(act: UserAct): Promise<void> {
  await findUser(act.userId);
  await actOnUser('user_invitation_withdrawn', act, { change: () => deleteInvitation(act.userId) });
}

async function deleteInvitation(_id: Types.ObjectId): Promise<true> {
  const { deletedCount } = await User.deleteOne({ _id, microsoftId: missing() });
  if (deletedCount === 1) return true;
  throw new AppError(
    409,
    'invitation_accepted',
    'This user has signed in already: deactivate them, or release their address',
  );
}

/**
 * Frees the address of a user whose Microsoft account is the wrong one or was created anew: the user is deactivated,
 * keeps account, mailboxes and history, and the address can be invited again. Nothing passes to who comes next.
 * @throws NotFoundError; AppError 409 last_admin, not_signed_in_yet
 */
export async function releaseAddress(act: UserAct): Promise<StoredUser> {
  const { microsoftId } = await findUser(act.userId);
  if (microsoftId === undefined)
    throw new AppError(409, 'not_signed_in_yet', 'Nobody has signed in with this invitation: withdraw it instead');
  await deactivateUser(act);
  const email = releasedAddress(act.userId);
  await actOnUser('user_address_released', act, {
    change: async () => {
      const { modifiedCount } = await User.updateOne({ _id: act.userId }, { $set: { email } });
      return modifiedCount === 1 ? true : undefined;
    },
  });
  return findUser(act.userId);
}
