import type { Types } from 'mongoose';
import { z } from 'zod';
import { Mailbox } from '../../models/index.ts';
import { isDuplicateKey } from '../../models/store/duplicate-key.ts';
import { isIn, missing } from '../../models/store/query-operators.ts';
import type { MicrosoftAccount } from '../microsoft/microsoft-account.ts';
import { vaultContext } from '../tokens/token-cache.ts';
import type { TokenVault } from '../tokens/token-vault.ts';

/** The account that a mailbox belongs to, whatever it is called. */
export interface MailboxIdentity {
  readonly tenantId: string;
  readonly objectId: string;
}

const accountsSchema = z.object({
  Account: z.record(z.string(), z.object({ local_account_id: z.string().min(1), realm: z.string().min(1) })).optional(),
});

/** Returns the account that a token cache of MSAL was made for; undefined for an empty one. */
function identityOfCache(serialized: string): MailboxIdentity | undefined {
  const { Account: accounts = {} } = accountsSchema.parse(JSON.parse(serialized));
  const [account] = Object.values(accounts);
  if (account === undefined) return undefined;
  return { tenantId: account.realm.toLowerCase(), objectId: account.local_account_id.toLowerCase() };
}

/** A mailbox's row, as far as it says whose mailbox it is. */
export interface IdentifiableRow extends Partial<MailboxIdentity> {
  readonly _id: Types.ObjectId;
  readonly msalCache?: string;
}

/**
 * Returns the identity in a row, else that of the account in its tokens: rows that were written before the identity was
 * stored have only those. Undefined when there are none, or they cannot be decrypted.
 */
export function identityOfRow(
  vault: TokenVault | undefined,
  { _id, tenantId, objectId, msalCache }: IdentifiableRow,
): MailboxIdentity | undefined {
  if (tenantId !== undefined && objectId !== undefined) return { tenantId, objectId };
  if (vault === undefined || msalCache === undefined) return undefined;
  try {
    return identityOfCache(vault.open(msalCache, vaultContext(_id)));
  } catch {
    return undefined; // a key is missing: the tokens say nothing
  }
}

/**
 * Finds the mailbox of an account among a user's. Rows of older versions get their identity from their tokens; of one
 * without tokens only address and directory can tell.
 * @returns undefined when the user has no such mailbox
 */
export async function findMailboxOf(
  vault: TokenVault,
  userId: Types.ObjectId,
  account: MicrosoftAccount,
): Promise<Types.ObjectId | undefined> {
  const { tenantId, objectId } = account;
  const find = async () => (await Mailbox.findOne({ userId, tenantId, objectId }, '_id').lean())?._id;
  await storeIdentities(vault, userId);
  return (await find()) ?? (await adoptByAddress(userId, account)) ?? find();
}

/** Of two rows of one mailbox the older one gets the identity; an admin merges them. */
async function storeIdentities(vault: TokenVault, userId: Types.ObjectId): Promise<void> {
  const rows = await Mailbox.find({ userId, objectId: missing() }, 'tenantId msalCache').sort({ _id: 1 }).lean();
  for (const row of rows) {
    const identity = identityOfRow(vault, row);
    if (identity !== undefined) await storeIdentity(row._id, identity);
  }
}

/** @returns whether the row has the identity now; not if another row of the user has it */
async function storeIdentity(_id: Types.ObjectId, { tenantId, objectId }: MailboxIdentity): Promise<boolean> {
  try {
    const { matchedCount } = await Mailbox.updateOne({ _id, objectId: missing() }, { $set: { tenantId, objectId } });
    return matchedCount === 1;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** A row whose tokens name another account has an identity by now, and is not adopted. */
async function adoptByAddress(
  userId: Types.ObjectId,
  { names, address, tenantId, objectId }: MicrosoftAccount,
): Promise<Types.ObjectId | undefined> {
  const addresses = [...names, ...(address === undefined ? [] : [address])];
  const row = await Mailbox.findOne(
    { userId, email: isIn(addresses), objectId: missing(), tenantId: isIn([tenantId, null]) },
    '_id',
  )
    .sort({ _id: 1 })
    .lean();
  if (row === null || !(await storeIdentity(row._id, { tenantId, objectId }))) return undefined;
  return row._id;
}
