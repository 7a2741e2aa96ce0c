import type { Types } from 'mongoose';
import type { IAuditLog } from '../AuditLog.ts';

/** The kinds of rows of which a page is told that they have changed. */
export const changeTopics = ['staging', 'audit', 'rules', 'patterns', 'mailboxes', 'preferences', 'runs'] as const;
export type ChangeTopic = (typeof changeTopics)[number];

/** Says that something has changed, not what. */
export interface StoredChange {
  readonly topics: readonly ChangeTopic[];
  /** The owner of what has changed; undefined when only the mailbox is known. */
  readonly userId?: string | undefined;
  readonly mailboxId?: string | undefined;
}

type Listener = (change: StoredChange) => void;

const listeners = new Set<Listener>();

/**
 * Calls `listener` with each change that this process has stored.
 * @returns a function that ends it
 */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Signals, within this process, that something has changed. */
export function signalChange(change: StoredChange): void {
  if (change.topics.length === 0) return;
  for (const listener of listeners) listener(change);
}

/** Signals what an entry of the audit log says has changed. */
export function signalEntry(
  entry: Pick<IAuditLog, 'action' | 'details'> & {
    readonly userId: Types.ObjectId;
    readonly mailboxId?: Types.ObjectId | undefined;
  },
): void {
  const { userId, mailboxId, action, details } = entry;
  const ofRun: ChangeTopic[] = details?.['runId'] === undefined ? [] : ['runs'];
  signalChange({
    userId: userId.toHexString(),
    mailboxId: mailboxId?.toHexString(),
    topics: ['audit', ...topicsOf(action), ...ofRun],
  });
}

/** The beginnings of the actions of the audit log, and what changes with them beside the log. */
const topicsOfActions: readonly (readonly [RegExp, readonly ChangeTopic[]])[] = [
  [/^(email_|undo_)/, ['staging']],
  [/^rules?_/, ['rules']],
  [/^pattern_/, ['patterns', 'rules']],
  [/^automation_/, ['preferences', 'mailboxes']],
  [/^(mailbox_|whitelist_)/, ['mailboxes']],
];

function topicsOf(action: IAuditLog['action']): readonly ChangeTopic[] {
  return topicsOfActions.find(([beginning]) => beginning.test(action))?.[1] ?? [];
}

/** Fields of a mailbox that pages show, by the topics that a change of them has. */
const topicsOfFields: readonly (readonly [RegExp, readonly ChangeTopic[]])[] = [
  [/^lastAnalyzedAt$/, ['mailboxes', 'patterns', 'audit']],
  [/^(suspendedRules|ruleAnswers)/, ['rules', 'mailboxes']],
  [/^(syncProgress|isConnected|readFault|settings|access$|folders|tokenRefusal)/, ['mailboxes']],
];

/**
 * Signals an update of a mailbox if it sets a field that pages show.
 * @param filter selects the mailbox by its `_id`, with or without its owner
 * @param update operators of MongoDB
 */
export function signalMailboxUpdate(filter: Record<string, unknown>, update: unknown): void {
  const mailboxId = idIn(filter['_id']);
  if (mailboxId === undefined || !(update instanceof Object)) return;
  const fields = Object.values(update).flatMap((part) => (part instanceof Object ? Object.keys(part) : []));
  const topics = fields.flatMap((field) => topicsOfFields.find(([name]) => name.test(field))?.[1] ?? []);
  signalChange({ topics: [...new Set(topics)], mailboxId, userId: idIn(filter['userId']) });
}

/** An ObjectId or its text as text; undefined for an operator. */
function idIn(value: unknown): string | undefined {
  const text = String(value);
  return /^[\da-f]{24}$/.test(text) ? text : undefined;
}
