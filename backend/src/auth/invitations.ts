import type { Types } from 'mongoose';
import { AppError } from '../lib/errors.ts';
import { type Role, User } from '../models/index.ts';
import { isDuplicateKey } from '../models/store/duplicate-key.ts';
import { logIdOf } from '../models/store/org-log.ts';
import { missing } from '../models/store/query-operators.ts';
import { tenantOfUser } from './registration.ts';
import { auditUserAct, deactivateUser, findUser, type StoredUser, type UserAct } from './users.ts';

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
  try {
    const user = await User.create({ email, role, invitedBy: by, ...(tenantId !== undefined && { tenantId }) });
    await auditUserAct('user_invited', { userId: user._id, by }, { role });
    return user.toObject();
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
  const logId = await logIdOf(act.userId);
  const { deletedCount } = await User.deleteOne({ _id: act.userId, microsoftId: missing() });
  if (deletedCount === 0)
    throw new AppError(
      409,
      'invitation_accepted',
      'This user has signed in already: deactivate them, or release their address',
    );
  await auditUserAct('user_invitation_withdrawn', { ...act, logId });
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
  const email = `released-${act.userId.toHexString()}@msedb.invalid`;
  const { modifiedCount } = await User.updateOne({ _id: act.userId }, { $set: { email } });
  if (modifiedCount === 1) await auditUserAct('user_address_released', act);
  return findUser(act.userId);
}
