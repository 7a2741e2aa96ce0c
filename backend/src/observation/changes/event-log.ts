import type { Types } from 'mongoose';
import { eventLag, events as counted } from '../../lib/metrics.ts';
import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { eventTypes } from '../../models/EmailEvent.ts';
import { EmailEvent, type IEmailEvent } from '../../models/index.ts';
import { bulkWrite, newRow, updateTo } from '../../models/store/bulk-write.ts';
import type { EventRow } from './event-row.ts';
import type { ObservedMailbox } from './observation.ts';
import { isIn } from '../../models/store/query-operators.ts';

/** The events of one change of a message. */
export interface Entry {
  readonly messageId: string;
  /** The version that the change gave the message's state. */
  readonly version: number;
  readonly events: readonly EventRow[];
}

type Identity = Pick<IEmailEvent, 'userId' | 'mailboxId' | 'messageId' | 'eventType'>;

type KnownRow = Pick<Identity, 'messageId' | 'eventType'> & { readonly _id: Types.ObjectId };

interface Write {
  readonly identity: Identity;
  readonly version: number;
  readonly row: EventRow;
}

/**
 * Records events, each in the one row of its message and type: inserts a row, or updates the existing row with the
 * newest values and one more occurrence. Idempotent: an event that is recorded already changes nothing.
 * @returns the number of events recorded
 */
export async function recordEvents(owner: MailboxOwner, entries: readonly Entry[]): Promise<number> {
  const writes = entries.flatMap(({ messageId, version, events }) =>
    events.map((row) => ({ identity: { ...identityOf(owner), messageId, eventType: row.eventType }, version, row })),
  );
  const known = await knownRows(owner, writes);
  const inserts = writes.filter(({ identity }) => !known.has(keyOf(identity)));
  const updates = writes.flatMap((write) => {
    const _id = known.get(keyOf(write.identity));
    return _id === undefined ? [] : [{ ...write, filter: { _id } }];
  });
  const { inserted, raced } = await insertRows(inserts);
  const repeats = raced.map((write) => ({ ...write, filter: write.identity }));
  return inserted + (await updateRows([...updates, ...repeats]));
}

/** Reads the existing rows. A first change reads none: should a row exist, the insert fails with a duplicate key. */
async function knownRows(owner: MailboxOwner, writes: readonly Write[]): Promise<ReadonlyMap<string, Types.ObjectId>> {
  const later = new Set(writes.filter(({ version }) => version > 1).map(({ identity }) => identity.messageId));
  if (later.size === 0) return new Map();
  const filter = { ...identityOf(owner), messageId: isIn(later) };
  const rows = await EmailEvent.find(filter, { messageId: 1, eventType: 1 })
    .batchSize(eventTypes.length * later.size + 1)
    .lean<KnownRow[]>();
  return new Map(rows.map((row) => [keyOf(row), row._id]));
}

async function insertRows(writes: readonly Write[]): Promise<{ inserted: number; raced: Write[] }> {
  const operations = writes.map(({ identity, version, row }) => ({
    insertOne: { document: newRow({ ...row, ...identity, occurrences: 1, stateVersion: version }) },
  }));
  const { inserted, duplicates } = await bulkWrite(EmailEvent.collection, operations);
  const met = new Set(duplicates);
  return { inserted, raced: writes.filter((_write, index) => met.has(index)) };
}

async function updateRows(writes: readonly (Write & { readonly filter: object })[]): Promise<number> {
  const operations = writes.map(({ filter, version, row }) => ({
    updateOne: {
      filter: { ...filter, stateVersion: { $lt: version } },
      update: { ...updateTo(newest(row, version)), $inc: { occurrences: 1 } },
    },
  }));
  const { matched } = await bulkWrite(EmailEvent.collection, operations);
  return matched;
}

/** Returns the new values of an existing row; fields that its newest event lacks are undefined. */
function newest({ eventType: _identity, metadata, ...row }: EventRow, stateVersion: number): Record<string, unknown> {
  const { automatedByRule, automatedByAction, ...kind } = metadata ?? {};
  const flat = Object.entries({ ...kind, automatedByRule, automatedByAction });
  return {
    fromFolder: undefined,
    toFolder: undefined,
    timeToAction: undefined,
    ...row,
    ...Object.fromEntries(flat.map(([name, value]) => [`metadata.${name}`, value])),
    stateVersion,
  };
}

/**
 * Counts events that were just recorded, and observes their lag since the change. Changes from before the mailbox was
 * watched have no lag.
 * @param now milliseconds since the epoch
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
