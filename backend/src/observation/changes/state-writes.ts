import type { MailboxOwner } from '../../models/fields/mailbox-owner.ts';
import { type IMessageState, MessageState } from '../../models/index.ts';
import type { Timestamps } from '../../models/fields/paths.ts';
import { bulkWrite, newRow, updateTo } from '../../models/store/bulk-write.ts';
import { defined } from '../../lib/defined.ts';
import type { Entry } from './event-log.ts';
import { groupBy } from '../../lib/group-by.ts';
import { identityHashOf } from '../../models/store/message-identity.ts';
import type { Observation, ObservedMailbox } from './observation.ts';
import { fieldsOf, journalOf, type KnownState, type Lasting, type StateChange, type StateKey } from './states.ts';

/** An observation that confirms the known state. */
export interface Confirmation {
  readonly messageId: string;
  /** The version of the state that it confirms. */
  readonly version: number;
  readonly answeredAt: number;
}

export interface Written {
  /** Number of changes written. */
  readonly count: number;
  /** The events of the changes that are known to be written: they still have to be recorded. */
  readonly entries: readonly Entry[];
  /** Ids of messages that another writer may have changed at the same time. */
  readonly contested: readonly string[];
}

/**
 * Writes changes under optimistic concurrency: a change is written only if the state still has the `version` that was
 * read, and it increments the version. A change that loses the race is returned as contested.
 */
export async function writeChanges(mailbox: ObservedMailbox, changes: readonly StateChange[]): Promise<Written> {
  const inserted = await insertStates(mailbox, changes);
  const updated = await updateStates(changes);
  return {
    count: inserted.count + updated.count,
    entries: [...inserted.entries, ...updated.entries],
    contested: [...inserted.contested, ...updated.contested],
  };
}

async function insertStates(mailbox: ObservedMailbox, changes: readonly StateChange[]): Promise<Written> {
  const fresh = changes.flatMap((change) => ('version' in change.before ? [] : [{ ...change, before: change.before }]));
  const operations = fresh.map((change) => ({ insertOne: { document: newState(mailbox, change) } }));
  const { inserted, duplicates } = await bulkWrite(MessageState.collection, operations);
  const lost = new Set(duplicates);
  return {
    count: inserted,
    entries: fresh.filter((_change, index) => !lost.has(index)).map((change) => entryOf(change, 1)),
    contested: idsOf(fresh.filter((_change, index) => lost.has(index))),
  };
}

function newState({ userId, mailboxId }: ObservedMailbox, change: StateChange & { readonly before: Lasting }) {
  const { messageId, before, values, events } = change;
  return newRow(
    defined<Omit<IMessageState, keyof Timestamps>>({
      userId,
      mailboxId,
      messageId,
      version: 1,
      ...before,
      ...fieldsOf(values),
      pending: journalOf(events),
    }),
  );
}

async function updateStates(changes: readonly StateChange[]): Promise<Written> {
  const updates = changes.flatMap((change) => ('version' in change.before ? [updateOf(change, change.before)] : []));
  const operations = updates.map(({ filter, update }) => ({ updateOne: { filter, update } }));
  const { matched } = await bulkWrite(MessageState.collection, operations);
  const entries = updates.map(({ entry }) => entry);
  if (matched === updates.length) return { count: matched, entries, contested: [] };
  // a bulk write reports how many rows matched, but not which: treat all as contested
  return { count: matched, entries: [], contested: idsOf(entries) };
}

function updateOf(change: StateChange, { _id, version, observedAt, isMeeting }: StateKey) {
  const { values, events } = change;
  const next = version + 1;
  return {
    entry: entryOf(change, next),
    // events that were made before the mark lack it, so that a change from before it must not be written after it
    filter: { _id, version, observedAt, isMeeting: isMeeting === true ? true : { $ne: true } },
    update: updateTo({ ...fieldsOf(values), version: next, pending: journalOf(events) }),
  };
}

function entryOf({ messageId, events }: StateChange, version: number): Entry {
  return { messageId, version, events };
}

/** Empties the outbox of these states: their events are in the event log. See `pending` in states.ts. */
export async function clearPending(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  entries: readonly Entry[],
): Promise<void> {
  const byVersion = groupBy(entries, ({ version }) => version);
  const operations = [...byVersion].map(([version, group]) => ({
    updateMany: {
      filter: { mailboxId, messageId: { $in: idsOf(group) }, version },
      update: updateTo({ pending: undefined }),
    },
  }));
  await bulkWrite(MessageState.collection, operations);
}

/**
 * Stores that states were confirmed by an observation.
 * @returns empty when all were confirmed; else the ids of all, because some were changed by another writer meanwhile
 */
export async function confirmStates(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  confirmations: readonly Confirmation[],
): Promise<readonly string[]> {
  const byVersion = groupBy(confirmations, ({ version }) => version);
  const operations = [...byVersion].flatMap(([version, group]) =>
    [...groupBy(group, ({ answeredAt }) => answeredAt)].map(([answeredAt, same]) => ({
      updateMany: {
        filter: { mailboxId, messageId: { $in: idsOf(same) }, version },
        update: { ...updateTo({}), $max: { observedAt: new Date(answeredAt) } },
      },
    })),
  );
  const { matched } = await bulkWrite(MessageState.collection, operations);
  return matched === confirmations.length ? [] : idsOf(confirmations);
}

/** Adds the identity to states that an older version of this service has written without it. */
export async function noteIdentities(
  { identityKey }: ObservedMailbox,
  observations: readonly Observation[],
  states: ReadonlyMap<string, KnownState>,
): Promise<void> {
  const operations = observations.flatMap((observation) => {
    if (observation.kind === 'gone') return [];
    const state = states.get(observation.message.id);
    if (state === undefined || state.identityHash !== undefined) return [];
    const identityHash = identityHashOf(observation.message, identityKey);
    if (identityHash === undefined) return [];
    return [
      { updateOne: { filter: { _id: state._id, messageId: state.messageId }, update: { $set: { identityHash } } } },
    ];
  });
  await bulkWrite(MessageState.collection, operations);
}

function idsOf(list: readonly { readonly messageId: string }[]): string[] {
  return list.map(({ messageId }) => messageId);
}
