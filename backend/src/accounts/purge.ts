import { Types } from 'mongoose';
import {
  AuditLog,
  EmailEvent,
  LoginState,
  Mailbox,
  MessageState,
  MonthlyCount,
  Notification,
  Pattern,
  Rule,
  RuleRun,
  Session,
  StagedEmail,
  User,
  WebhookSubscription,
} from '../models/index.ts';
import { deterministicId } from '../models/store/deterministic-id.ts';
import { logIdOf, recordOrgEntry } from '../models/store/org-log.ts';
import { exists, isNot, missing } from '../models/store/query-operators.ts';
import {
  type DisconnectPorts,
  disconnectMailbox,
  findMailbox,
  handBack,
  listMailboxes,
  type MailboxKey,
  endSubscriptions,
  type VisibleMailbox,
} from './mailboxes.ts';

export interface PurgePorts extends DisconnectPorts {
  /** Removes from Redis what names one of these ids; throws when Redis is away. */
  readonly forgetInRedis: (ids: readonly string[]) => Promise<void>;
}

export interface DeletionPorts extends PurgePorts {
  /** Throws 409 when others would be left without an active admin. */
  readonly refuseLastAdmin: (userId: string) => Promise<void>;
  /** Ends the user's sessions and lets nobody act for them any more; throws 409 last_admin as well. */
  readonly deactivate: (userId: string) => Promise<void>;
}

interface Deletable {
  deleteMany(filter: Readonly<Record<string, string>>): PromiseLike<unknown>;
}

/** The collections with rows of a mailbox, beside its own row. */
const ofMailbox: readonly Deletable[] = [
  EmailEvent,
  MessageState,
  MonthlyCount,
  Pattern,
  Rule,
  RuleRun,
  StagedEmail,
  AuditLog,
  WebhookSubscription,
];

/** The collections with rows of a user, beside their own row and their mailboxes. */
const ofUser: readonly Deletable[] = [...ofMailbox, Notification, Session, LoginState];

/**
 * Removes a mailbox and everything that is known about it, from Graph, Redis and MongoDB. Its own row goes last, so
 * that a purge that was cut short can be repeated.
 * @throws NotFoundError when the user has no such mailbox
 */
export async function purgeMailbox(key: MailboxKey, ports: PurgePorts): Promise<void> {
  const { userId, mailboxId } = key;
  const mailbox = await findMailbox(key);
  const { _id, email } = mailbox;
  await rememberPurge(userId, mailbox);
  await disconnectMailbox(key, ports);
  await ports.forgetInRedis([mailboxId]); // a job that is under way ends, and writes nothing after this
  for (const model of ofMailbox) await model.deleteMany({ userId, mailboxId });
  await deleteNotificationsAbout({ userId, mailboxId: _id, email });
  await Mailbox.deleteOne({ userId, _id: mailboxId });
  await AuditLog.create({ userId, action: 'mailbox_purged', targetType: 'mailbox', targetId: mailboxId });
}

/** Signing in does not connect the mailbox again. A row of an older version says by its address that it is the user's own. */
async function rememberPurge(userId: string, { email, tenantId, objectId }: VisibleMailbox): Promise<void> {
  const user = await User.findById(userId, 'email microsoftId').lean();
  const own = user?.email === email ? user.microsoftId : undefined;
  const account = objectId === undefined ? own : `${tenantId}.${objectId}`;
  if (account !== undefined) await User.updateOne({ _id: userId }, { $addToSet: { purgedMailboxes: account } });
}

/**
 * Removes a person and everything that is known about them. Their own row goes last.
 * @throws AppError 409 when they are the last active admin and not the only user, 503 when Redis is away; nothing is deleted then
 */
export async function deleteAccount(userId: string, ports: DeletionPorts): Promise<void> {
  await ports.refuseLastAdmin(userId);
  const keys = (await listMailboxes(userId)).map(({ _id }) => ({ userId, mailboxId: _id.toString() }));
  await ports.forgetInRedis([userId]); // without Redis it cannot be done: better known while nothing is lost
  await Promise.all(keys.map((key) => endSubscriptions(key, ports)));
  await Promise.all(keys.map((key) => handBack(key, () => Promise.resolve(), ports)));
  await ports.deactivate(userId); // from here on nobody gets a token for these mailboxes
  await User.updateOne({ _id: userId }, { $set: { deletionStartedAt: new Date() } });
  await finishDeletion(userId, ports);
}

/** Goes on with deletions that a crash cut short; the person can no longer sign in to ask again. */
export async function resumeDeletions(ports: DeletionPorts): Promise<void> {
  const begun = await User.find({ deletionStartedAt: exists() }, '_id').lean();
  for (const { _id } of begun) await finishDeletion(_id.toString(), ports);
}

async function finishDeletion(userId: string, ports: DeletionPorts): Promise<void> {
  for (const { _id } of await listMailboxes(userId)) await purgeMailbox({ userId, mailboxId: _id.toString() }, ports);
  await passOrganizationRulesOn(userId);
  for (const model of ofUser) await model.deleteMany({ userId });
  await removeMentions(userId);
  await ports.forgetInRedis([userId]);
  await recordDeletion(userId);
  await User.deleteOne({ _id: userId });
}

/** Once, however often the deletion is resumed. The entry's names mean nobody as soon as the user's row is gone. */
async function recordDeletion(userId: string): Promise<void> {
  const logId = await logIdOf(new Types.ObjectId(userId));
  if (logId === undefined) return;
  const _id = deterministicId(new Date(0), ['account deleted', logId.toHexString()]);
  await recordOrgEntry({ _id, kind: 'account_deleted', by: new Types.ObjectId(userId), target: logId });
}

/** Hands the rules that an admin made for the organization over to another admin; who made them is removed. */
async function passOrganizationRulesOn(userId: string): Promise<void> {
  const others = { _id: isNot(userId), role: 'admin', isActive: true } as const;
  const heir = await User.findOne(others, '_id').sort({ _id: 1 }).lean();
  if (heir === null) return;
  await Rule.updateMany({ userId, scope: 'org' }, { $set: { userId: heir._id }, $unset: { createdBy: 1 } });
}

interface NamedMailbox {
  readonly userId: string;
  readonly mailboxId: Types.ObjectId;
  readonly email: string;
}

/** Deletes the notifications that name a mailbox. Rows older than the field `mailboxIds` are found by the address. */
async function deleteNotificationsAbout({ userId, mailboxId, email }: NamedMailbox): Promise<void> {
  await Notification.deleteMany({ userId, mailboxIds: mailboxId });
  for (const { _id, message } of await Notification.find({ userId, mailboxIds: missing() }, 'message').lean()) {
    const words = message.split(/[\s,;:]+/).map((word) => word.replace(/[.!?]{1,3}$/, ''));
    if (words.includes(email)) await Notification.deleteOne({ userId, _id });
  }
}

/** Removes the user from rows that belong to others; the rows stay. */
async function removeMentions(userId: string): Promise<void> {
  await User.updateMany({ invitedBy: userId }, { $unset: { invitedBy: 1 } });
  await Rule.updateMany({ createdBy: userId }, { $unset: { createdBy: 1 } });
  await AuditLog.updateMany({ targetType: 'user', targetId: userId }, { $unset: { targetId: 1 } });
}
