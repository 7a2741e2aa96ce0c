import { secondMs } from '../../lib/durations.ts';
import type { DisconnectReason, IMailbox, IUser, IWebhookSubscription, ReadFaultReason } from '../../models/index.ts';
import { isOverdue } from '../coverage/coverage.ts';
import { baseIntervalMs } from '../delta-sync/sync-interval.ts';
import { faultWords, type MustAct } from './fault-words.ts';
import { isUnreadable } from './read-fault.ts';

// Words: docs/GLOSSARY.md, "Observation".

/** The fields of a mailbox that decide its state. */
type StateRow = Pick<IMailbox, 'isConnected' | 'settings'> &
  Partial<
    Pick<
      IMailbox,
      | 'connectedAt'
      | 'disconnectedAt'
      | 'disconnectReason'
      | 'lastSyncAt'
      | 'nextSyncAt'
      | 'syncIntervalMs'
      | 'syncProgress'
      | 'readFault'
    >
  >;

export interface StateFacts {
  readonly mailbox: StateRow;
  /** The subscription to its changes, if there is one. */
  readonly subscription?: Pick<IWebhookSubscription, 'status' | 'expiresAt' | 'lastNotificationAt'> | undefined;
  /** Its owner; undefined once the account is deleted. */
  readonly owner: Pick<IUser, 'isActive' | 'preferences'> | undefined;
}

export type PausedBy = 'mailbox' | 'user' | 'both';
type DisconnectedReason = DisconnectReason | 'owner_deactivated' | 'not_connected';
type BehindReason = 'failing' | 'folders' | 'reading' | 'late';

/** The state of a mailbox. `seenUntil`: all changes up to this time are known. */
export type MailboxState =
  | { readonly kind: 'watching_live'; readonly seenUntil: Date }
  | { readonly kind: 'watching_interval'; readonly seenUntil: Date; readonly intervalSeconds: number }
  | { readonly kind: 'first_reading' }
  /** It is watched, but nothing is written to it. */
  | { readonly kind: 'paused'; readonly seenUntil: Date; readonly by: PausedBy }
  | (Trouble & {
      readonly kind: 'disconnected';
      readonly by: 'owner' | 'admin' | 'microsoft' | 'service';
      readonly reason: DisconnectedReason;
    })
  | (Trouble & { readonly kind: 'cannot_be_read'; readonly reason: ReadFaultReason; readonly code?: string })
  | (Trouble & {
      readonly kind: 'behind';
      readonly reason: BehindReason;
      readonly seenUntil: Date | undefined;
      readonly code?: string;
      readonly folders?: number;
    });

interface Trouble {
  /** Undefined when it was not recorded. */
  readonly since: Date | undefined;
  readonly mustAct: MustAct;
  /** The reason and what to do, in sentences for the owner. */
  readonly explanation: string;
}

/**
 * Returns the state of a mailbox. Of several that apply, the one that keeps more from being seen counts; the kill switch
 * has `pausedBy` beside it.
 * @param now milliseconds since the epoch
 */
export function mailboxState(facts: StateFacts, now: number): MailboxState {
  return disconnected(facts) ?? unreadable(facts) ?? behind(facts, now) ?? watching(facts, now);
}

/** Returns whose kill switch is on; undefined if none is. */
export function activeSwitch({ mailbox, owner }: StateFacts): PausedBy | undefined {
  const byUser = owner?.preferences.automationPaused === true;
  if (mailbox.settings.automationPaused) return byUser ? 'both' : 'mailbox';
  return byUser ? 'user' : undefined;
}

/** Tells if Graph reports changes: the subscription is active, and has proved it. @param now in Graph's time, ms */
export function isNotifying(subscription: StateFacts['subscription'], now: number): boolean {
  if (subscription === undefined) return false;
  const { status, expiresAt, lastNotificationAt } = subscription;
  return status === 'active' && expiresAt.getTime() > now && lastNotificationAt !== undefined;
}

function disconnected({ mailbox, owner }: StateFacts): MailboxState | undefined {
  if (mailbox.isConnected) {
    if (owner?.isActive === true) return undefined;
    return { kind: 'disconnected', reason: 'owner_deactivated', since: undefined, ...endings.owner_deactivated };
  }
  const reason = mailbox.disconnectReason ?? 'not_connected';
  return { kind: 'disconnected', reason, since: mailbox.disconnectedAt, ...endings[reason] };
}

type DisconnectionWords = Pick<Extract<MailboxState, { kind: 'disconnected' }>, 'by' | 'mustAct' | 'explanation'>;

const endings: Readonly<Record<DisconnectedReason, DisconnectionWords>> = {
  by_user: { by: 'owner', mustAct: 'owner', explanation: 'You disconnected this mailbox. Connect it to go on.' },
  not_connected: { by: 'owner', mustAct: 'owner', explanation: 'This mailbox was never connected. Connect it.' },
  sign_in_required: {
    by: 'microsoft',
    mustAct: 'owner',
    explanation: 'Microsoft ended the access to this mailbox. Sign in again to go on.',
  },
  tokens_unreadable: {
    by: 'service',
    mustAct: 'owner',
    explanation: 'The stored access to this mailbox cannot be decrypted: its key is gone. Sign in again to go on.',
  },
  owner_deactivated: {
    by: 'admin',
    mustAct: 'admin',
    explanation: 'The account of its owner is deactivated. An admin of MSEDB can reactivate it.',
  },
};

function unreadable({ mailbox: { readFault } }: StateFacts): MailboxState | undefined {
  if (readFault === undefined || !isUnreadable(readFault.reason)) return undefined;
  const { reason, since, code } = readFault;
  return { kind: 'cannot_be_read', reason, since, ...(code !== undefined && { code }), ...faultWords[reason] };
}

function behind({ mailbox }: StateFacts, now: number): MailboxState | undefined {
  const { readFault, lastSyncAt: seenUntil } = mailbox;
  if (readFault?.reason === 'folders') {
    const { since, code, folders } = readFault;
    const counts = { ...(code !== undefined && { code }), ...(folders !== undefined && { folders }) };
    return { kind: 'behind', reason: 'folders', since, seenUntil, ...counts, ...faultWords.folders };
  }
  const late = lateness(mailbox, now);
  if (late === undefined) return undefined;
  if (readFault === undefined) return { kind: 'behind', since: late.dueAt, seenUntil, ...lateWords[late.reason] };
  const { code } = readFault;
  const reason = { reason: 'failing' as const, ...(code !== undefined && { code }) };
  return { kind: 'behind', since: late.dueAt, seenUntil, ...reason, ...faultWords.failing };
}

const lateWords = {
  reading: {
    reason: 'reading',
    mustAct: null,
    explanation: 'The mailbox is being read completely, which takes a while. Changes are found as it goes on.',
  },
  late: {
    reason: 'late',
    mustAct: 'operator',
    explanation: 'MSEDB has not looked at this mailbox in time. Whoever operates it must check that its workers run.',
  },
} as const;

interface Lateness {
  /** When the reading that is missing was due. */
  readonly dueAt: Date;
  readonly reason: keyof typeof lateWords;
}

/**
 * Returns what is overdue. While a mailbox is read, each page moves `nextSyncAt` on; a reading under way was due when it
 * began. The first reading is not late as long as it goes on.
 */
function lateness(mailbox: StateRow, now: number): Lateness | undefined {
  const { connectedAt, lastSyncAt, nextSyncAt = connectedAt, syncProgress } = mailbox;
  if (nextSyncAt === undefined) return undefined;
  const dueAt = latest(nextSyncAt, connectedAt);
  if (isOverdue(dueAt, now)) return { dueAt, reason: 'late' };
  if (lastSyncAt === undefined || syncProgress === undefined || syncProgress.finishedAt !== undefined) return undefined;
  const startedAt = latest(syncProgress.startedAt, connectedAt);
  return isOverdue(startedAt, now) ? { dueAt: startedAt, reason: 'reading' } : undefined;
}

/** Before a mailbox was connected it could not be late. */
function latest(date: Date, other: Date | undefined): Date {
  return other !== undefined && other > date ? other : date;
}

function watching(facts: StateFacts, now: number): MailboxState {
  const { lastSyncAt: seenUntil, syncIntervalMs = baseIntervalMs } = facts.mailbox;
  if (seenUntil === undefined) return { kind: 'first_reading' };
  const by = activeSwitch(facts);
  if (by !== undefined) return { kind: 'paused', seenUntil, by };
  if (isNotifying(facts.subscription, now)) return { kind: 'watching_live', seenUntil };
  return { kind: 'watching_interval', seenUntil, intervalSeconds: Math.round(syncIntervalMs / secondMs) };
}
