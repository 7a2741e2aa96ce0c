import { Types } from 'mongoose';
import { type IMailbox, Mailbox, Rule, User } from '../../models/index.ts';
import { factsOf } from './facts.ts';
import type { StoredEntry } from './queries.ts';
import { stagingFolderName } from '../../models/fields/folder-kinds.ts';
import { isIn } from '../../models/store/query-operators.ts';

/** Returns current names; undefined for what does not exist (any more). */
export interface AuditNames {
  readonly mailbox: (mailboxId: string) => string | undefined;
  readonly folder: (mailboxId: string, folderId: string) => string | undefined;
  readonly rule: (ruleId: string) => string | undefined;
  readonly user: (userId: string) => string | undefined;
}

/** Reads the names of everything that these entries of a user refer to. */
export async function readAuditNames(userId: string, entries: readonly StoredEntry[]): Promise<AuditNames> {
  const mailboxIds = entries.flatMap(({ mailboxId, ...entry }) => [
    ...(mailboxId === undefined ? [] : [mailboxId.toHexString()]),
    ...targetOf(entry, 'mailbox'),
  ]);
  const ruleIds = entries.flatMap((entry) => {
    const { ruleId, ruleName } = factsOf(entry);
    return [...(ruleName !== undefined || ruleId === undefined ? [] : [ruleId]), ...targetOf(entry, 'rule')];
  });
  const userIds = entries.flatMap((entry) => targetOf(entry, 'user'));
  const [mailboxes, rules, users] = await Promise.all([
    readMailboxes(userId, mailboxIds),
    readRuleNames(userId, ruleIds),
    readAddresses(userIds),
  ]);
  return {
    mailbox: (mailboxId) => mailboxes.get(mailboxId)?.email,
    folder: (mailboxId, folderId) => mailboxes.get(mailboxId)?.folders.get(folderId),
    rule: (ruleId) => rules.get(ruleId),
    user: (id) => users.get(id),
  };
}

function targetOf(
  { targetType, targetId }: Pick<StoredEntry, 'targetType' | 'targetId'>,
  wanted: StoredEntry['targetType'],
): string[] {
  return targetType === wanted && targetId !== undefined ? [targetId] : [];
}

function idsIn(ids: readonly string[]) {
  const valid = [...new Set(ids)].filter((id) => Types.ObjectId.isValid(id));
  return valid.length === 0 ? undefined : isIn(valid);
}

async function readMailboxes(userId: string, ids: readonly string[]) {
  const _id = idsIn(ids);
  if (_id === undefined) return new Map<string, ReturnType<typeof namesIn>>();
  const rows = await Mailbox.find({ userId, _id }, 'email folders.id folders.displayName stagingFolderId').lean();
  return new Map(rows.map((row) => [row._id.toHexString(), namesIn(row)]));
}

/** The staging folder is known before the first synchronization that includes it. */
function namesIn({ email, folders, stagingFolderId }: Pick<IMailbox, 'email' | 'folders' | 'stagingFolderId'>) {
  const own: [string, string][] = stagingFolderId === undefined ? [] : [[stagingFolderId, stagingFolderName]];
  return {
    email,
    folders: new Map([...own, ...folders.map(({ id, displayName }): [string, string] => [id, displayName])]),
  };
}

async function readRuleNames(userId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const _id = idsIn(ids);
  if (_id === undefined) return new Map();
  const rows = await Rule.find({ _id, $or: [{ userId }, { scope: 'org' }] }, 'name').lean();
  return new Map(rows.map((row) => [row._id.toHexString(), row.name]));
}

async function readAddresses(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const _id = idsIn(ids);
  if (_id === undefined) return new Map();
  const rows = await User.find({ _id }, 'email').lean();
  return new Map(rows.map((row) => [row._id.toHexString(), row.email]));
}
