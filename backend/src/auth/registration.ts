import mongoose, { Types } from 'mongoose';
import { canonicalAddress } from '../lib/canonical-address.ts';
import { AppError } from '../lib/errors.ts';
import { AuditLog, type OrgLogKind, User } from '../models/index.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { isDuplicateKey } from '../models/store/duplicate-key.ts';
import { dropOrgEntry, recordOrgEntry } from '../models/store/org-log.ts';
import { isIn, isNot } from '../models/store/query-operators.ts';
import type { MicrosoftAccount } from './microsoft/microsoft-account.ts';
import type { StoredUser } from './users.ts';

/** Who may become the admin while there is none. */
interface FirstAdmin {
  readonly email: string | undefined;
  /** The id of their directory; undefined: nobody becomes the admin. */
  readonly tenantId: string | undefined;
}

export interface Registration {
  readonly firstAdmin: FirstAdmin;
  /** The one directory whose accounts may sign in; undefined when those of any may. */
  readonly homeTenant: string | undefined;
}

/**
 * Finds the user that an account is, or who it was invited as; registration is closed to all others. A name decides
 * only together with the directory, and only for an invitation that no account has taken.
 * @throws AppError 403 not_invited, guest_account or user_deactivated, 409 address_taken; nothing is written then
 */
export async function admitUser(account: MicrosoftAccount, registration: Registration): Promise<StoredUser> {
  const isFirstAdmin = await isFirst(account, registration.firstAdmin);
  const user = await findUser(account, registration);
  if (user === null && !isFirstAdmin) throw await notInvited(account);
  if (user !== null && !user.isActive)
    throw new AppError(403, 'user_deactivated', 'This user is deactivated: ask an admin of this service');
  const userId = user?._id ?? (await createFirstAdmin(account, registration));
  return recordSignIn(userId, account, isFirstAdmin);
}

async function isFirst({ names, tenantId, isGuest }: MicrosoftAccount, first: FirstAdmin): Promise<boolean> {
  if (first.email === undefined || first.tenantId !== tenantId || isGuest) return false;
  return names.includes(canonicalAddress(first.email)) && !(await isThereAnAdmin());
}

/** Tells if anybody can invite users now. */
export async function isThereAnAdmin(): Promise<boolean> {
  return (await User.exists({ role: 'admin', isActive: true })) !== null;
}

/** By identity, else an invitation that no account has taken yet. */
async function findUser(account: MicrosoftAccount, registration: Registration): Promise<StoredUser | null> {
  const known = await User.findOne({ microsoftId: account.microsoftId }).lean();
  if (known !== null) return known;
  if (account.isGuest) throw guestAccount(account);
  const named = await User.find({ email: isIn(account.names) }).lean();
  const ranked = named.toSorted((a, b) => account.names.indexOf(a.email) - account.names.indexOf(b.email));
  for (const user of ranked) {
    if (user.microsoftId === account.microsoftId) return user; // signed in twice at once
    if (user.microsoftId === undefined && (await tenantOf(user, registration)) === account.tenantId) return user;
  }
  // said only to an account of the same directory: to others it would tell who has an account here
  if (named.some(({ microsoftId }) => microsoftId?.startsWith(`${account.tenantId}.`))) throw addressTaken();
  return null;
}

/** Invitations older than the field `tenantId` are for the directory of who sent them. */
async function tenantOf({ tenantId, invitedBy }: StoredUser, { homeTenant }: Registration) {
  if (tenantId !== undefined) return tenantId;
  return (await tenantOfUser(invitedBy)) ?? homeTenant;
}

/** Returns the directory of a user's account; undefined for one who has not signed in, or is gone. */
export async function tenantOfUser(userId: Types.ObjectId | undefined): Promise<string | undefined> {
  const user = userId === undefined ? null : await User.findById(userId, 'microsoftId').lean();
  return user?.microsoftId?.split('.')[0];
}

async function createFirstAdmin(
  { microsoftId, tenantId, names: [name = ''] }: MicrosoftAccount,
  { firstAdmin: { email = name } }: Registration,
): Promise<Types.ObjectId> {
  const [userId, logId] = [new Types.ObjectId(), new Types.ObjectId()];
  const binding = { userId, microsoftId, tenantId };
  await recordBinding(binding, logId);
  try {
    const { _id } = await User.create({ _id: userId, logId, email, microsoftId, tenantId, role: 'admin' });
    return _id;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    await dropBinding(binding);
    return (await User.findOne({ microsoftId }, '_id').lean().orFail(addressTaken()))._id; // signed in twice at once
  }
}

/** Binds an invitation to the account that came for it, unless another was faster. */
async function recordSignIn(
  userId: Types.ObjectId,
  account: MicrosoftAccount,
  isFirstAdmin: boolean,
): Promise<StoredUser> {
  const { microsoftId, tenantId, displayName } = account;
  const fields = {
    microsoftId,
    lastLoginAt: new Date(),
    ...(displayName !== undefined && { displayName }),
    ...(isFirstAdmin && { role: 'admin' as const }),
  };
  for (const holder of [microsoftId, null]) {
    if (holder === null) await recordBinding({ userId, microsoftId, tenantId });
    const user = await User.findOneAndUpdate(
      { _id: userId, microsoftId: holder },
      { $set: fields },
      { returnDocument: 'after' },
    ).lean();
    if (user !== null) return followAddress(user, account);
  }
  const bound = await User.findOne({ _id: userId, microsoftId }).lean();
  if (bound !== null) return bound; // signed in twice at once
  await dropBinding({ userId, microsoftId, tenantId });
  throw addressTaken();
}

interface Binding {
  readonly userId: Types.ObjectId;
  readonly microsoftId: string;
  readonly tenantId: string;
}

/**
 * Notes which account an invitation goes to, and the first account of a directory. Before it is bound: a crash leaves an
 * entry that the next attempt of the same account makes true, and no binding without an entry.
 * @param actor the user's `logId`, when their row does not exist yet
 */
async function recordBinding(binding: Binding, actor?: Types.ObjectId): Promise<void> {
  const { userId, tenantId } = binding;
  const facts = { by: userId, actor, details: { tenantId } };
  await recordOrgEntry({ ...facts, _id: entryIdOf('account_bound', binding), kind: 'account_bound' });
  // identities begin with the directory and a dot, which a slash follows in the order of characters
  const sameTenant = {
    _id: isNot(userId),
    microsoftId: mongoose.trusted({ $gt: `${tenantId}.`, $lt: `${tenantId}/` }),
  };
  if ((await User.exists(sameTenant)) !== null) return;
  await recordOrgEntry({ ...facts, _id: entryIdOf('tenant_new', binding), kind: 'tenant_new' });
}

/** Another account was faster. */
async function dropBinding(binding: Binding): Promise<void> {
  for (const kind of ['account_bound', 'tenant_new'] as const) await dropOrgEntry(entryIdOf(kind, binding));
}

function entryIdOf(kind: OrgLogKind, { userId, microsoftId }: Binding): Types.ObjectId {
  return deterministicId(new Date(0), [kind, userId.toHexString(), microsoftId]);
}

/** A person whose address has changed at Microsoft is shown under the new one, unless another user has it. */
async function followAddress(user: StoredUser, { names }: MicrosoftAccount): Promise<StoredUser> {
  const [email] = names;
  if (email === undefined || names.includes(user.email)) return user;
  const { _id, email: before } = user;
  try {
    const { modifiedCount } = await User.updateOne({ _id, email: before }, { $set: { email } });
    if (modifiedCount === 0) return user;
  } catch (error) {
    if (isDuplicateKey(error)) return user;
    throw error;
  }
  const target = { targetType: 'user' as const, targetId: _id.toHexString() };
  await AuditLog.create({ userId: _id, action: 'user_renamed', ...target, details: { from: before, to: email } });
  return { ...user, email };
}

/** Says what Microsoft called the person: the name of the invitation is often another of theirs. */
async function notInvited({ names, tenantId }: MicrosoftAccount): Promise<AppError> {
  const called = names.length === 0 ? 'gives this account no address' : `calls this account ${listOf(names)}`;
  const advice = (await isThereAnAdmin())
    ? 'ask an admin of this service to invite one of these names, for this directory'
    : 'this service has no admin at the moment; whoever ADMIN_EMAIL names becomes the admin by signing in';
  return new AppError(
    403,
    'not_invited',
    `This account has not been invited. Microsoft ${called}, in the directory ${tenantId}: ${advice}`,
  );
}

function guestAccount({ names }: MicrosoftAccount): AppError {
  return new AppError(
    403,
    'guest_account',
    `Microsoft calls this account ${listOf(names)}, a guest of the organization. A guest has no mailbox here: sign in with an account of the organization itself`,
  );
}

function addressTaken(): AppError {
  return new AppError(
    409,
    'address_taken',
    'Another Microsoft account has signed in under this address before: ask an admin of this service to release the address and to invite you again',
  );
}

function listOf(names: readonly string[]): string {
  return names.map((name) => `“${name}”`).join(' and ');
}
