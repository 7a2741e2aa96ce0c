import type { Types } from 'mongoose';
import { identityOfRow } from '../auth/mailboxes/mailbox-identity.ts';
import { endAllSessions } from '../auth/sessions.ts';
import type { TokenVault } from '../auth/tokens/token-vault.ts';
import { Mailbox, User } from '../models/index.ts';
import { auditOnce } from '../models/store/audit-once.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { recordOrgEntry } from '../models/store/org-log.ts';
import { missing } from '../models/store/query-operators.ts';

/** An account before and after a migration: tenant and object ids. */
export interface Rebinding {
  readonly from: { readonly tenantId: string; readonly objectId: string };
  readonly to: { readonly tenantId: string; readonly objectId: string };
}

export interface RebindOptions {
  readonly rebindings: readonly Rebinding[];
  /** Decrypts tokens, which say whose mailbox an older row is; undefined when no keys are configured. */
  readonly vault: TokenVault | undefined;
  /** False: only shows what would be changed. */
  readonly apply: boolean;
  readonly print: (line: string) => void;
}

const line = /^([\da-f-]{36})\.([\da-f-]{36})[,;\s]+([\da-f-]{36})\.([\da-f-]{36})$/i;

/**
 * Reads a list of accounts: on each line the old and the new one, as tenant.object,tenant.object. Empty lines and lines
 * that begin with # are skipped.
 * @throws Error that names the first faulty line, or an account that is named twice
 */
export function parseRebindings(text: string): Rebinding[] {
  const lines = text.split(/\r?\n/).map((given, index) => ({ given: given.trim(), number: index + 1 }));
  const rebindings = lines
    .filter(({ given }) => given !== '' && !given.startsWith('#'))
    .map(({ given, number }) => {
      const [, tenant, object, newTenant, newObject] = line.exec(given.toLowerCase()) ?? [];
      if (tenant === undefined || object === undefined || newTenant === undefined || newObject === undefined)
        throw new Error(`line ${number} is not "old tenant id.old object id,new tenant id.new object id"`);
      return { from: { tenantId: tenant, objectId: object }, to: { tenantId: newTenant, objectId: newObject } };
    });
  for (const side of ['from', 'to'] as const) {
    const names = rebindings.map((rebinding) => nameOf(rebinding[side]));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`${twice} is named twice`);
  }
  return rebindings;
}

function nameOf({ tenantId, objectId }: Rebinding['from']): string {
  return `${tenantId}.${objectId}`;
}

/**
 * Binds users and mailboxes to the accounts that Microsoft gave them in a migration of their directory. Rules and
 * history stay; tokens and reading positions belong to the old mailbox and are dropped, so each mailbox must be
 * connected again. Repeating it changes nothing.
 * @returns the exit code: 1 when something was left as it is
 */
export async function rebindAccounts({ rebindings, vault, apply, print }: RebindOptions): Promise<0 | 1> {
  let found = 0;
  let conflicts = 0;
  for (const rebinding of rebindings) {
    const [users, mailboxes] = await Promise.all([usersOf(rebinding), mailboxesOf(rebinding, vault)]);
    if (users.length + mailboxes.length === 0) continue;
    const conflict = await findConflict(rebinding, mailboxes);
    const what = `${nameOf(rebinding.from)} -> ${nameOf(rebinding.to)}: users ${users.length}, mailboxes ${mailboxes.length}`;
    print(conflict === undefined ? what : `${what}; left as it is: ${conflict}`);
    if (conflict !== undefined) conflicts += 1;
    else found += 1;
    if (conflict === undefined && apply) await rebind(rebinding, users, mailboxes);
  }
  print(
    apply
      ? `${found} accounts rebound.`
      : `${found} accounts to rebind; nothing was changed. -- --apply does it. Back up first.`,
  );
  return conflicts > 0 || (found > 0 && !apply) ? 1 : 0;
}

function usersOf({ from }: Rebinding) {
  return User.find({ microsoftId: nameOf(from) }, '_id').lean();
}

interface Row {
  readonly _id: Types.ObjectId;
  readonly userId: Types.ObjectId;
}

async function mailboxesOf({ from: { tenantId, objectId } }: Rebinding, vault: TokenVault | undefined): Promise<Row[]> {
  const known = await Mailbox.find({ tenantId, objectId }, 'userId').lean<Row[]>();
  const older = await Mailbox.find({ tenantId, objectId: missing() }, 'userId msalCache').lean();
  const own = older.filter(({ _id, msalCache }) => {
    const row = msalCache === undefined ? { _id } : { _id, msalCache };
    return identityOfRow(vault, row)?.objectId === objectId;
  });
  return [...known, ...own];
}

async function findConflict({ to }: Rebinding, mailboxes: readonly Row[]): Promise<string | undefined> {
  if ((await User.exists({ microsoftId: nameOf(to) })) !== null)
    return 'the new account has signed in as another user; delete or release that user first';
  for (const { userId } of mailboxes) {
    if ((await Mailbox.exists({ userId, ...to })) !== null)
      return 'the new mailbox is connected already; delete that mailbox with its data first';
  }
  return undefined;
}

async function rebind(
  { to }: Rebinding,
  users: readonly { _id: Types.ObjectId }[],
  mailboxes: readonly Row[],
): Promise<void> {
  for (const row of mailboxes) {
    await recordMailbox(row, to);
    await Mailbox.updateOne(
      { _id: row._id },
      {
        $set: {
          ...to,
          isConnected: false,
          disconnectReason: 'sign_in_required',
          disconnectedAt: new Date(),
          deltaLinks: new Map(),
          fullRounds: new Map(),
        },
        $unset: {
          msalCache: 1,
          encryptedTokens: 1,
          grantedScopes: 1,
          scopesAt: 1,
          stagingFolderId: 1,
          nextSyncAt: 1,
          tokenRefusal: 1,
          writeLoss: 1,
        },
        $inc: { msalCacheVersion: 1 },
      },
    );
  }
  for (const { _id } of users) {
    await recordUser(_id, to);
    await User.updateOne({ _id }, { $set: { microsoftId: nameOf(to), tenantId: to.tenantId } });
    await endAllSessions(_id);
  }
}

/** Written before the change, and once: the command is repeated after a crash, and finds what is not rebound yet. */
async function recordMailbox({ _id, userId }: Row, to: Rebinding['to']): Promise<void> {
  const entryId = deterministicId(new Date(0), ['mailbox rebound', _id.toHexString(), nameOf(to)]);
  const target = { targetType: 'mailbox', targetId: _id.toHexString() } as const;
  await auditOnce({ _id: entryId, userId, mailboxId: _id, action: 'mailbox_rebound', ...target });
  await recordOrgEntry({ _id: entryId, kind: 'mailbox_rebound', about: userId });
}

async function recordUser(_id: Types.ObjectId, to: Rebinding['to']): Promise<void> {
  const entryId = deterministicId(new Date(0), ['user rebound', _id.toHexString(), nameOf(to)]);
  const target = { targetType: 'user', targetId: _id.toHexString() } as const;
  await auditOnce({ _id: entryId, userId: _id, action: 'user_rebound', ...target });
  await recordOrgEntry({ _id: entryId, kind: 'user_rebound', about: _id });
}
