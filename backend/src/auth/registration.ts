import type { Types } from 'mongoose';
import { AppError } from '../lib/errors.ts';
import { User } from '../models/index.ts';
import { isDuplicateKey } from '../models/store/duplicate-key.ts';
import type { MicrosoftAccount } from './msal.ts';
import type { StoredUser } from './users.ts';

/**
 * Finds the user that an account is, or who it was invited as; registration is closed to all others. Only the
 * identity and preferred_username count: a directory's admin can write any address into the e-mail claim.
 * @param adminEmail whose account becomes the admin while there is none
 * @throws AppError 403 not_invited, with nothing written; 403 user_deactivated
 */
export async function admitUser(account: MicrosoftAccount, adminEmail: string | undefined): Promise<StoredUser> {
  const isFirstAdmin = account.username === adminEmail?.trim().toLowerCase() && !(await isThereAnAdmin());
  const user = await findUser(account);
  if (user === null && !isFirstAdmin) throw notInvited();
  if (user !== null && !user.isActive)
    throw new AppError(403, 'user_deactivated', 'This user is deactivated: ask an admin of this service');
  const userId = user?._id ?? (await createFirstAdmin(account));
  return recordSignIn(userId, account, isFirstAdmin);
}

async function isThereAnAdmin(): Promise<boolean> {
  return (await User.exists({ role: 'admin', isActive: true })) !== null;
}

/** By identity, else an invitation that no account has taken yet. */
async function findUser({ microsoftId, username }: MicrosoftAccount): Promise<StoredUser | null> {
  const known = await User.findOne({ microsoftId }).lean();
  if (known !== null) return known;
  const invited = await User.findOne({ email: username }).lean();
  const holder = invited?.microsoftId ?? microsoftId;
  if (holder !== microsoftId) throw notInvited(); // the address has gone to another account
  return invited;
}

async function createFirstAdmin({ microsoftId, username }: MicrosoftAccount): Promise<Types.ObjectId> {
  try {
    return (await User.create({ email: username, microsoftId, role: 'admin' }))._id;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return (await User.findOne({ microsoftId }, '_id').lean().orFail(notInvited()))._id; // signed in twice at once
  }
}

/** Binds an invitation to the account that came for it, unless another was faster. */
async function recordSignIn(
  userId: Types.ObjectId,
  { microsoftId, displayName }: MicrosoftAccount,
  isFirstAdmin: boolean,
): Promise<StoredUser> {
  const fields = {
    microsoftId,
    lastLoginAt: new Date(),
    ...(displayName !== undefined && { displayName }),
    ...(isFirstAdmin && { role: 'admin' as const }),
  };
  for (const holder of [microsoftId, null]) {
    const user = await User.findOneAndUpdate(
      { _id: userId, microsoftId: holder },
      { $set: fields },
      { returnDocument: 'after' },
    ).lean();
    if (user !== null) return user;
  }
  throw notInvited();
}

function notInvited(): AppError {
  return new AppError(403, 'not_invited', 'This account has not been invited: ask an admin of this service');
}
