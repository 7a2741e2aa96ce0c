import { Types } from 'mongoose';
import { discardTokens } from '../auth/mailboxes/mailbox-disconnection.ts';
import { defined } from '../lib/defined.ts';
import { mailboxNotFound } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { AuditLog, type IMailbox, Mailbox, WebhookSubscription } from '../models/index.ts';
import { isNot } from '../models/store/query-operators.ts';
import { queryTimeoutMs, withQueryTimeout } from '../models/store/query-timeout.ts';

// Words: docs/GLOSSARY.md, "Service".

/** A mailbox without its secrets, and without what only synchronization reads. */
export type VisibleMailbox = Omit<IMailbox, Hidden> & { _id: Types.ObjectId };
type MailboxSettings = IMailbox['settings'];
/** Secrets, and what is large and only synchronization reads. */
type Hidden = 'deltaLinks' | 'fullRounds' | 'folders' | 'blindWindows' | 'msalCache' | 'encryptedTokens';
/** The projection of such a mailbox. */
export const visibleFields = '-deltaLinks -fullRounds -folders -blindWindows -msalCache -encryptedTokens';

/** Which mailbox, and whose it must be. */
export interface MailboxKey {
  readonly userId: string;
  readonly mailboxId: string;
}

/** The settings that the owner may change; a field that is left out keeps its value. */
export interface MailboxSettingsChange {
  readonly automationPaused?: boolean | undefined;
  readonly whitelistedSenders?: readonly string[] | undefined;
  readonly whitelistedDomains?: readonly string[] | undefined;
}

export interface DisconnectPorts {
  /** Deletes the mailbox's subscriptions at Graph. */
  readonly deleteSubscriptions: (mailboxId: string, signal: AbortSignal) => Promise<void>;
  /** Puts back the mail that waits to be deleted, and then ends our access. @returns how much of it stays, and why */
  readonly handBackStaged: (leaving: {
    readonly mailboxId: string;
    readonly signal: AbortSignal;
    readonly leave: () => Promise<void>;
  }) => Promise<{ readonly left: number; readonly failure?: unknown }>;
  readonly logger: Logger;
}

/** Graph gets this long to take a subscription back; one that stays ends by itself within a week. */
const graphLimitMs = 10_000;
/** Some 200 messages can be put back in this time; somebody waits at a browser meanwhile. */
const handBackLimitMs = 60_000;

/** Returns a user's mailboxes, oldest first. @throws AppError 503 too_much */
export function listMailboxes(userId: string): Promise<VisibleMailbox[]> {
  const query = Mailbox.find({ userId }, visibleFields)
    .sort({ _id: 1 })
    .maxTimeMS(queryTimeoutMs)
    .lean<VisibleMailbox[]>();
  return withQueryTimeout(query.exec());
}

/** @throws NotFoundError when the user has no such mailbox */
export async function findMailbox({ userId, mailboxId }: MailboxKey): Promise<VisibleMailbox> {
  const mailbox = await Mailbox.findOne({ userId, _id: mailboxId }, visibleFields).lean<VisibleMailbox>();
  if (mailbox === null) throw mailboxNotFound();
  return mailbox;
}

/** @throws NotFoundError when the user has no such mailbox */
export async function changeMailboxSettings(key: MailboxKey, change: MailboxSettingsChange): Promise<VisibleMailbox> {
  const settings = settingsOf(change);
  const $set = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`settings.${name}`, value]));
  const before = await Mailbox.findOneAndUpdate({ userId: key.userId, _id: key.mailboxId }, { $set }).lean();
  if (before === null) throw mailboxNotFound();
  await auditSettings(key, before.settings, { ...before.settings, ...settings });
  return findMailbox(key);
}

/** Of what is on a whitelist more than once, once is kept. */
function settingsOf(change: MailboxSettingsChange): Partial<MailboxSettings> {
  const { automationPaused, whitelistedSenders, whitelistedDomains } = change;
  return defined<Partial<MailboxSettings>>({
    automationPaused,
    whitelistedSenders: whitelistedSenders && [...new Set(whitelistedSenders)],
    whitelistedDomains: whitelistedDomains && [...new Set(whitelistedDomains)],
  });
}

/** Records a turn of the kill switch of a mailbox, and a change of its lists. */
export async function auditSettings(
  { userId, mailboxId }: MailboxKey,
  before: MailboxSettings,
  after: MailboxSettings,
): Promise<void> {
  const row = { userId, mailboxId, targetType: 'mailbox', targetId: mailboxId } as const;
  if (before.automationPaused !== after.automationPaused) {
    const action = after.automationPaused ? 'automation_paused' : 'automation_resumed';
    await AuditLog.create({ ...row, action });
  }
  const lists = ['whitelistedSenders', 'whitelistedDomains'] as const;
  if (lists.some((name) => before[name].join() !== after[name].join())) {
    const counts = Object.fromEntries(lists.map((name) => [name, after[name].length]));
    await AuditLog.create({ ...row, action: 'whitelist_updated', details: counts });
  }
}

/**
 * Ends the connection: staged mail put back, subscriptions at Graph deleted, tokens gone, history kept. Doing it again
 * changes nothing.
 * @throws NotFoundError when the user has no such mailbox
 */
export async function disconnectMailbox(key: MailboxKey, ports: DisconnectPorts): Promise<void> {
  const { userId, mailboxId } = key;
  await findMailbox(key);
  await endSubscriptions(key, ports);
  const leave = () => discardTokens(new Types.ObjectId(userId), new Types.ObjectId(mailboxId));
  await handBack(key, leave, ports);
  await giveDeadTokensUp(key);
}

/**
 * Puts the mail that waits to be deleted back to where it was, as far as that can be done.
 * @param leave ends our access afterwards
 */
export async function handBack(
  { mailboxId }: MailboxKey,
  leave: () => Promise<void>,
  { handBackStaged, logger }: DisconnectPorts,
): Promise<void> {
  const signal = AbortSignal.timeout(handBackLimitMs);
  const { left, failure: error } = await handBackStaged({ mailboxId, signal, leave });
  if (left > 0)
    logger.warn('Some mail could not be restored and stays in the folder MSEDB Staging', { mailboxId, left, error });
}

/** A mailbox whose grant has died is disconnected already, with the tokens of no use still in its row. */
async function giveDeadTokensUp({ userId, mailboxId }: MailboxKey): Promise<void> {
  const { matchedCount } = await Mailbox.updateOne(
    { userId, _id: mailboxId, isConnected: false, disconnectReason: isNot('by_user') },
    {
      $set: { disconnectReason: 'by_user' },
      $unset: { msalCache: 1, encryptedTokens: 1, grantedScopes: 1, scopesAt: 1 },
      $inc: { msalCacheVersion: 1 },
    },
  );
  if (matchedCount === 0) return;
  const target = { targetType: 'mailbox', targetId: mailboxId } as const;
  const details = { reason: 'by_user' };
  await AuditLog.create({ userId, mailboxId, action: 'mailbox_disconnected', ...target, details });
}

/** Ends the notifications about a mailbox, as long as its tokens still work. */
export async function endSubscriptions(
  { userId, mailboxId }: MailboxKey,
  { deleteSubscriptions, logger }: DisconnectPorts,
): Promise<void> {
  try {
    await deleteSubscriptions(mailboxId, AbortSignal.timeout(graphLimitMs));
  } catch (error) {
    logger.warn('Subscriptions could not be deleted at Graph; they expire on their own', { mailboxId, error });
  }
  await WebhookSubscription.deleteMany({ userId, mailboxId });
}
