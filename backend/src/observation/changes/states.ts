import type { Types } from 'mongoose';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { type IMessageState, MessageState } from '../../models/index.ts';
import type { Entry } from './event-log.ts';
import type { EventRow } from './event-row.ts';
import type { KnownProperties } from '../../models/fields/message-properties.ts';
import { exists, isIn } from '../../models/store/query-operators.ts';

const known = {
  messageId: 1,
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
} as const;

/** What is known of a message. */
export type KnownState = Pick<IMessageState, keyof typeof known> & { readonly _id: Types.ObjectId };

/** One version of a state. */
export type StateKey = Pick<KnownState, '_id' | 'version' | 'observedAt'>;

/** What a change makes of a state; what is undefined is not known, or no longer so. */
interface StateValues extends KnownProperties {
  readonly goneAt: Date | undefined;
  readonly modifiedAt: Date | undefined;
  readonly observedAt: Date;
  readonly lastActionId: Types.ObjectId | undefined;
}

/** The properties of a message as a state holds them. */
export function propertiesOfState({ folderId, isRead, flag, categories }: KnownState): KnownProperties {
  return { folderId, isRead, flagStatus: flag, categories };
}

/** The fields of a state that a change writes. */
export function fieldsOf({ flagStatus, ...values }: StateValues) {
  return { ...values, flag: flagStatus, categories: [...values.categories] };
}

/** What is noted of a message once. */
export interface Lasting {
  readonly sender: IMessageState['sender'];
  readonly subjectHash: string | undefined;
  readonly receivedAt: Date | undefined;
  /** Whether rules are to look at it: `pending` until they have, then `done` for good. */
  readonly automation: IMessageState['automation'];
}

/** A change of what is known of a message, with the events that it means. */
export interface StateChange {
  readonly messageId: string;
  /** What it changes; for a message of which nothing was known, what is to be noted once. */
  readonly before: StateKey | Lasting;
  readonly values: StateValues;
  readonly events: readonly EventRow[];
}

/** What is known of the messages, by their ids. */
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

/** Some states, at most `limit`, with events that are not surely in the event log. */
export async function readPending(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  limit: number,
): Promise<KnownState[]> {
  const filter = { mailboxId, pending: exists() };
  return MessageState.find(filter, known).limit(limit).lean<KnownState[]>();
}

/** The events that go with a change, as they are kept in the state until they are in the event log. */
export function journalOf(events: readonly EventRow[]): Record<string, unknown> | undefined {
  return events.length === 0 ? undefined : { events };
}

/** The events of a state's last change, as far as they are not surely in the event log. */
export function pendingEntry({ messageId, version, pending }: KnownState): Entry {
  const events: unknown = pending?.['events'];
  return { messageId, version, events: Array.isArray(events) ? events : [] };
}
