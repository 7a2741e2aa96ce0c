import type { Types } from 'mongoose';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { type IMessageState, MessageState } from '../../models/index.ts';
import type { Entry } from './event-log.ts';
import type { EventRow } from './event-row.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';
import { exists, isIn } from '../../models/store/query-operators.ts';

const known = {
  messageId: 1,
  identityHash: 1,
  folderId: 1,
  goneAt: 1,
  isRead: 1,
  flag: 1,
  categories: 1,
  sender: 1,
  receivedAt: 1,
  modifiedAt: 1,
  observedAt: 1,
  version: 1,
  pending: 1,
  lastActionId: 1,
  isMeeting: 1,
  automationOnRead: 1,
} as const;

// Words: docs/GLOSSARY.md, "Observation". The `pending` field of a state is a transactional outbox: a change is
// written together with its events in one atomic write of one row, the events are then copied to the event log, and
// `pending` is removed. A crash in between leaves `pending` set, and the next writer, or recovery, records the events.
// Its `version` serves optimistic concurrency: see state-writes.ts.

/** The last known condition of a message. */
export type KnownState = Pick<IMessageState, keyof typeof known> & { readonly _id: Types.ObjectId };

/** Identifies one version of a state. */
export type StateKey = Pick<KnownState, '_id' | 'version' | 'observedAt' | 'isMeeting'>;

/** The values of a state after a change; undefined stands for unknown, or for no longer true. */
interface StateValues extends KnownProperties {
  readonly goneAt: Date | undefined;
  readonly modifiedAt: Date | undefined;
  readonly observedAt: Date;
  readonly lastActionId: Types.ObjectId | undefined;
  /** Given with the change by which the owner has read the message first. */
  readonly automationOnRead?: 'pending';
}

/** Returns the properties of a message from its state. */
export function propertiesOfState({ folderId, isRead, flag, categories }: KnownState): KnownProperties {
  return { folderId, isRead, flagStatus: flag, categories };
}

/** Returns the fields of a state that a change writes. */
export function fieldsOf({ flagStatus, ...values }: StateValues) {
  return { ...values, flag: flagStatus, categories: [...values.categories] };
}

/** The fields of a state that are written once and never change, `automation` apart. */
export interface Lasting {
  readonly sender: IMessageState['sender'];
  readonly subjectHash: string | undefined;
  readonly identityHash: string | undefined;
  readonly receivedAt: Date | undefined;
  /** `pending` until rules have run on the message, then `done` for good. */
  readonly automation: IMessageState['automation'];
  /** Also set later, when it is first seen as one, and never unset. */
  readonly isMeeting: true | undefined;
  readonly listId: string | undefined;
  readonly isAutomated: boolean | undefined;
}

/** A change of a state, with its events. */
export interface StateChange {
  readonly messageId: string;
  /** The version that it changes; for a message without a state, the fields that are written once. */
  readonly before: StateKey | Lasting;
  readonly values: StateValues;
  readonly events: readonly EventRow[];
}

/** Reads the states of messages, by message id. */
export async function readStates(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  messageIds: readonly string[],
): Promise<Map<string, KnownState>> {
  const filter = { mailboxId, messageId: isIn(messageIds) };
  const rows = await MessageState.find(filter, known)
    .batchSize(messageIds.length + 1)
    .lean<KnownState[]>();
  return new Map(rows.map((row) => [row.messageId, row]));
}

/** Reads at most `limit` states with pending events. */
export async function readPending(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  limit: number,
): Promise<KnownState[]> {
  const filter = { mailboxId, pending: exists() };
  return MessageState.find(filter, known).limit(limit).lean<KnownState[]>();
}

/** Returns the value of `pending` for these events; undefined when there are none. */
export function journalOf(events: readonly EventRow[]): Record<string, unknown> | undefined {
  return events.length === 0 ? undefined : { events };
}

/** Returns the pending events of a state: those of its last change, if they may be missing in the event log. */
export function pendingEntry({ messageId, version, pending }: KnownState): Entry {
  const events: unknown = pending?.['events'];
  return { messageId, version, events: Array.isArray(events) ? events : [] };
}
