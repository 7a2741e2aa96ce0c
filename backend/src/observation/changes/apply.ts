import { setImmediate as nextTurn } from 'node:timers/promises';
import { BackgroundThrottle } from '../../lib/background-throttle.ts';
import { EmailEvent } from '../../models/index.ts';
import { countEvents, recordEvents } from './event-log.ts';
import { markMeetings } from './meetings.ts';
import type { Observation, ObservedMailbox } from './observation.ts';
import { ownActionsOn } from './own-actions.ts';
import { type Arrival, decideChange, type ChangeDecision } from './decide-change.ts';
import { clearPending, confirmStates, type Confirmation, noteIdentities, writeChanges } from './state-writes.ts';
import { type KnownState, pendingEntry, readPending, readStates, type StateChange } from './states.ts';
import { followChangedId, pendingFormerId } from '../../models/store/changed-id.ts';
import { isIn } from '../../models/store/query-operators.ts';

export interface ApplyReport {
  /** Number of events written. */
  readonly events: number;
  /** Number of messages whose state changed. */
  readonly changed: number;
  /** Ids of messages whose observation is older than the stored state and contradicts it: read them again. */
  readonly stale: readonly string[];
}

/** Messages in one bulk write. */
const batchSize = 1_000;

/** Observations compared before the event loop gets a turn, so that HTTP requests do not wait for a whole batch. */
const observationsPerTurn = 50;

/** Shared by all mailboxes, because comparing and writing keep the event loop busy. */
const throttle = new BackgroundThrottle();

/** Attempts to compare and write an observation while other writers keep changing the same message. */
const maxAttempts = 5;

/**
 * Compares observations with the stored states and records the differences as events. Each event is recorded exactly
 * once, even if calls are repeated, late, concurrent or interrupted.
 * @param observations any number; the last one of a message counts
 */
export async function applyObservations(
  mailbox: ObservedMailbox,
  observations: readonly Observation[],
): Promise<ApplyReport> {
  const ordered = inOrder(new Map(observations.map((observation) => [idOf(observation), observation])));
  const report = { events: 0, changed: 0, stale: [] as string[] };
  for (let start = 0; start < ordered.length; start += batchSize) {
    const batch = await throttle.run(() => applyBatch(mailbox, ordered.slice(start, start + batchSize)));
    report.events += batch.events;
    report.changed += batch.changed;
    report.stale.push(...batch.stale);
  }
  return report;
}

/**
 * Records the events of all changes whose writer was interrupted before it recorded them.
 * @returns the number of events written
 */
export async function recoverPending(mailbox: ObservedMailbox): Promise<number> {
  let events = 0;
  for (;;) {
    const states = await readPending(mailbox, batchSize);
    events += await recoverStates(mailbox, states);
    if (states.length < batchSize) return events;
  }
}

/** Sorts by message id: two writers of the same messages then wait for each other instead of deadlocking. */
function inOrder(observations: ReadonlyMap<string, Observation>): Observation[] {
  return [...observations.keys()].toSorted().flatMap((messageId) => observations.get(messageId) ?? []);
}

function idOf(observation: Observation): string {
  return observation.kind === 'gone' ? observation.messageId : observation.message.id;
}

async function applyBatch(mailbox: ObservedMailbox, batch: readonly Observation[]): Promise<ApplyReport> {
  const report = { events: 0, changed: 0 };
  const stale = new Set<string>();
  let open = batch;
  for (let attempt = 1; open.length > 0 && attempt <= maxAttempts; attempt += 1) {
    const known = await readStates(mailbox, open.map(idOf));
    report.events += await recoverStates(mailbox, [...known.values()]);
    await noteIdentities(mailbox, open, known);
    const { states, contested: unmarked } = await markMeetings(mailbox, open, known);
    const decided = await decideAll(mailbox, open, states);
    for (const messageId of decided.stale) stale.add(messageId);

    const written = await writeChanges(mailbox, decided.changes);
    report.changed += written.count;
    report.events += await recordEvents(mailbox, written.entries);
    countEvents(mailbox, written.entries, mailbox.toGraphTime?.(Date.now()) ?? Date.now());
    await clearPending(mailbox, written.entries);
    const unconfirmed = await confirmStates(mailbox, decided.confirmations);
    const contested = new Set([...unmarked, ...written.contested, ...unconfirmed]);
    open = open.filter((observation) => contested.has(idOf(observation)));
  }
  if (open.length > 0) {
    const states = await readStates(mailbox, open.map(idOf));
    report.events += await recoverStates(mailbox, [...states.values()]);
  }
  return { ...report, stale: [...stale, ...open.map(idOf)] };
}

/**
 * Completes what the last writer of these states had begun: records pending events, and makes all rows about a message
 * follow to its new id. A state may change again only after that: see `pending` in states.ts.
 */
export async function recoverStates(mailbox: ObservedMailbox, states: readonly KnownState[]): Promise<number> {
  const open = states.filter(({ pending }) => pending !== undefined);
  for (const state of open) {
    const formerId = pendingFormerId(state);
    if (formerId !== undefined) await followChangedId(mailbox, formerId, state.messageId);
  }
  const entries = open.map(pendingEntry);
  const events = await recordEvents(mailbox, entries);
  await clearPending(mailbox, entries);
  return events;
}

interface Decisions {
  readonly changes: StateChange[];
  readonly confirmations: Confirmation[];
  readonly stale: string[];
}

async function decideAll(
  mailbox: ObservedMailbox,
  observations: readonly Observation[],
  states: ReadonlyMap<string, KnownState>,
): Promise<Decisions> {
  const actions = await ownActionsOn(mailbox, observations.map(idOf));
  const arrivals = await arrivalsOfGone(mailbox, observations, states);
  const decided: Decisions = { changes: [], confirmations: [], stale: [] };
  for (const [index, observation] of observations.entries()) {
    if (index % observationsPerTurn === observationsPerTurn - 1) await nextTurn();
    const messageId = idOf(observation);
    const state = states.get(messageId);
    const facts = { mailbox, state, actions: actions.get(messageId) ?? [], arrival: arrivals.get(messageId) };
    sortIn(decided, decideChange(observation, facts), { observation, state });
  }
  return decided;
}

function sortIn(
  decided: Decisions,
  decision: ChangeDecision,
  { observation, state }: { readonly observation: Observation; readonly state: KnownState | undefined },
): void {
  if (decision.kind === 'change') decided.changes.push(decision.change);
  if (decision.kind === 'stale') decided.stale.push(idOf(observation));
  if (decision.kind !== 'same' || state === undefined || state.observedAt.getTime() >= observation.answeredAt) return;
  decided.confirmations.push({
    messageId: idOf(observation),
    version: state.version,
    answeredAt: observation.answeredAt,
  });
}

/** Reads the arrival events of messages that are gone: the source of their details. */
async function arrivalsOfGone(
  { userId, mailboxId }: ObservedMailbox,
  observations: readonly Observation[],
  states: ReadonlyMap<string, KnownState>,
): Promise<ReadonlyMap<string, Arrival>> {
  const lost = observations.filter(
    (observation) => observation.kind === 'gone' && states.get(idOf(observation))?.folderId !== undefined,
  );
  if (lost.length === 0) return new Map();
  const filter = { userId, mailboxId, messageId: isIn(lost.map(idOf)), eventType: 'arrived' };
  const noted = { internetMessageId: 1, sender: 1, subject: 1, subjectNormalized: 1, conversationId: 1 } as const;
  const rows = await EmailEvent.find(filter, {
    ...noted,
    importance: 1,
    hasAttachments: 1,
    metadata: 1,
    messageId: 1,
    _id: 0,
  })
    .batchSize(lost.length + 1)
    .lean();
  return new Map(rows.map(({ messageId, ...arrival }) => [messageId, arrival]));
}
