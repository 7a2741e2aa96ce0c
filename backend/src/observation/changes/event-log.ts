import type { Types } from 'mongoose';
import { eventLag, events as counted } from '../../lib/metrics.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { eventTypes, type IPastOccurrence, maxPastOccurrences } from '../../models/EmailEvent.ts';
import { EmailEvent, type IEmailEvent } from '../../models/index.ts';
import { bulkWrite, newRow, updateTo } from '../../models/store/bulk-write.ts';
import type { EventRow } from './event-row.ts';
import type { ObservedMailbox } from './observation.ts';
import { defined } from '../../lib/defined.ts';
import { isIn } from '../../models/store/query-operators.ts';

/** The events of one change of a message. */
export interface Entry {
  readonly messageId: string;
  /** The version that the change gave the message's state. */
  readonly version: number;
  readonly events: readonly EventRow[];
}

type Identity = Pick<IEmailEvent, 'userId' | 'mailboxId' | 'messageId' | 'eventType'>;

const knownFields = {
  messageId: 1,
  eventType: 1,
  timestamp: 1,
  fromFolder: 1,
  toFolder: 1,
  fromFolderKind: 1,
  toFolderKind: 1,
  timeToAction: 1,
  isRead: 1,
  categories: 1,
  'metadata.automatedByRule': 1,
  'metadata.automatedByAction': 1,
  stateVersion: 1,
} as const;

type KnownField = Extract<keyof typeof knownFields, keyof IEmailEvent> | 'metadata';
type KnownRow = Pick<IEmailEvent, KnownField> & { readonly _id: Types.ObjectId };

interface Write {
  readonly identity: Identity;
  readonly version: number;
  readonly row: EventRow;
}

/**
 * Records events, each in the one row of its message and type: inserts a row, or updates the existing row with the
 * newest values and one more occurrence, whose predecessor becomes history. Idempotent: an event that is recorded
 * already changes nothing.
 * @returns the number of events recorded
 */
export async function recordEvents(owner: MailboxOwner, entries: readonly Entry[]): Promise<number> {
  const writes = entries.flatMap(({ messageId, version, events }) =>
    events.map((row) => ({ identity: { ...identityOf(owner), messageId, eventType: row.eventType }, version, row })),
  );
  // a first change has no row: should there be one, its insert fails with a duplicate key
  const known = await knownRows(
    owner,
    writes.filter(({ version }) => version > 1),
  );
  const { inserted, raced } = await insertRows(writes.filter(({ identity }) => !known.has(keyOf(identity))));
  const met = await knownRows(owner, raced);
  return inserted + (await updateRows(writes, new Map([...known, ...met])));
}

/** Reads the existing rows of these messages. */
async function knownRows(owner: MailboxOwner, writes: readonly Write[]): Promise<ReadonlyMap<string, KnownRow>> {
  const messageIds = new Set(writes.map(({ identity }) => identity.messageId));
  if (messageIds.size === 0) return new Map();
  const rows = await EmailEvent.find({ ...identityOf(owner), messageId: isIn(messageIds) }, knownFields)
    .batchSize(eventTypes.length * messageIds.size + 1)
    .lean<KnownRow[]>();
  return new Map(rows.map((row) => [keyOf(row), row]));
}

async function insertRows(writes: readonly Write[]): Promise<{ inserted: number; raced: Write[] }> {
  const operations = writes.map(({ identity, version, row }) => ({
    insertOne: { document: newRow({ ...row, ...identity, occurrences: 1, stateVersion: version }) },
  }));
  const { inserted, duplicates } = await bulkWrite(EmailEvent.collection, operations);
  const met = new Set(duplicates);
  return { inserted, raced: writes.filter((_write, index) => met.has(index)) };
}

/**
 * Updates rows that were read before. The version in the filter makes a write happen once, and its history that of the
 * row it replaces: events are recorded in order of versions, so a row that has changed meanwhile has this event already.
 */
async function updateRows(writes: readonly Write[], known: ReadonlyMap<string, KnownRow>): Promise<number> {
  const operations = writes.flatMap(({ identity, version, row }) => {
    const before = known.get(keyOf(identity));
    if (before === undefined || before.stateVersion >= version) return [];
    const history = { $each: [pastOccurrence(before)], $slice: -maxPastOccurrences };
    const update: Record<string, object> = {
      ...updateTo(newest(row, version)),
      $inc: { occurrences: 1 },
      $push: { history },
    };
    return [{ updateOne: { filter: { _id: before._id, stateVersion: before.stateVersion }, update } }];
  });
  const { matched } = await bulkWrite(EmailEvent.collection, operations);
  return matched;
}

function pastOccurrence(row: KnownRow): IPastOccurrence {
  const { timestamp, fromFolder, toFolder, fromFolderKind, toFolderKind } = row;
  const { timeToAction, isRead, categories, metadata, stateVersion } = row;
  const { automatedByRule, automatedByAction } = metadata ?? {};
  return defined<IPastOccurrence>({
    timestamp,
    fromFolder,
    toFolder,
    fromFolderKind,
    toFolderKind,
    timeToAction,
    isRead,
    categories,
    automatedByRule,
    automatedByAction,
    stateVersion,
  });
}

/** Returns the new values of an existing row; fields that its newest event lacks are undefined. */
function newest({ eventType: _identity, metadata, ...row }: EventRow, stateVersion: number): Record<string, unknown> {
  const { automatedByRule, automatedByAction, recognized, ...kind } = metadata ?? {};
  const flat = Object.entries({ ...kind, automatedByRule, automatedByAction, recognized });
  return {
    fromFolder: undefined,
    toFolder: undefined,
    fromFolderKind: undefined,
    toFolderKind: undefined,
    timeToAction: undefined,
    ...row,
    ...Object.fromEntries(flat.map(([name, value]) => [`metadata.${name}`, value])),
    stateVersion,
  };
}

/**
 * Counts events that were just recorded, and observes their lag since the change. Changes from before the mailbox was
 * watched have no lag.
 * @param now Graph's time, in milliseconds since the epoch
 */
export function countEvents({ watchedSince }: ObservedMailbox, entries: readonly Entry[], now: number): void {
  for (const { eventType: type, timestamp } of entries.flatMap(({ events }) => events)) {
    counted.inc({ type });
    if (watchedSince === undefined || timestamp < watchedSince) continue;
    eventLag.observe(Math.max(0, now - timestamp.getTime()) / 1000);
  }
}

function identityOf({ userId, mailboxId }: MailboxOwner): MailboxOwner {
  return { userId, mailboxId };
}

function keyOf({ messageId, eventType }: Pick<Identity, 'messageId' | 'eventType'>): string {
  return `${eventType} ${messageId}`;
}
