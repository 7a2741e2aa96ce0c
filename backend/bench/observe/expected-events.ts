import type { IEmailEvent } from '../../src/models/EmailEvent.ts';
import { type ExpectedState, stateAfter, type Step } from './expected-state.ts';

type EventType = IEmailEvent['eventType'];

/** The row of one message and event type. */
export interface Entry {
  readonly occurrences: number;
  /** Folder ids of the last time; for arrived, deleted and moved only. */
  readonly fromFolder?: string | undefined;
  readonly toFolder?: string | undefined;
  /** The recorded action that the last time is attributed to. */
  readonly actionId?: string | undefined;
  readonly foundInPlace?: boolean | undefined;
}

/** The rows of one message, by event type. */
export type EventRows = Readonly<Partial<Record<EventType, Entry>>>;

/** The folders that change which events are expected. */
export interface Places {
  /** Folders in which a message counts as deleted. */
  readonly deleted: ReadonlySet<string>;
  /** Folders whose mail is not watched: drafts, outbox, sent. */
  readonly unobserved: ReadonlySet<string>;
}

/** The changes of one message, phase by phase, without empty phases. */
export interface History {
  readonly wasInPlace: boolean;
  readonly phases: readonly (readonly Step[])[];
}

/** The knowledge of an observer, and the rows it has written, after a series of observations. */
interface Knowledge {
  readonly seen: ExpectedState | undefined;
  readonly expectedRows: EventRows;
}

/**
 * Returns every set of rows that is correct for a message which was observed at the end of each phase, and possibly in
 * between. There is exactly one unless changes of one kind followed each other within a phase. The set with the fewest
 * events comes first.
 */
export function possibleEvents({ wasInPlace, phases }: History, places: Places): readonly EventRows[] {
  let known: readonly Knowledge[] = [{ seen: undefined, expectedRows: {} }];
  let state: ExpectedState | undefined;
  for (const steps of phases) {
    const states: (ExpectedState | undefined)[] = [state];
    for (const step of steps) states.push((state = stateAfter(state, step)));
    known = knownAtEnd(known, states, (before, now) => look(before, now, { places, wasInPlace }));
  }
  return known.map(({ expectedRows }) => expectedRows).toSorted((one, other) => countEvents(one) - countEvents(other));
}

/** Counts the events in these rows, repetitions included. */
export function countEvents(expectedRows: EventRows): number {
  return Object.values(expectedRows).reduce((sum, { occurrences }) => sum + occurrences, 0);
}

type Look = (before: Knowledge, now: ExpectedState) => Knowledge;

/** Follows all series of observations that end at the last state. `states[0]` is the one before the phase. */
function knownAtEnd(
  atStart: readonly Knowledge[],
  states: readonly (ExpectedState | undefined)[],
  lookAt: Look,
): readonly Knowledge[] {
  const knownAt: (readonly Knowledge[])[] = [atStart];
  for (const now of states.slice(1)) {
    if (now === undefined) continue;
    const distinct = new Map<string, Knowledge>();
    for (const before of knownAt.flat()) {
      const after = lookAt(before, now);
      distinct.set(JSON.stringify(after), after);
    }
    knownAt.push([...distinct.values()]);
  }
  return knownAt.at(-1) ?? atStart;
}

interface Watch {
  readonly places: Places;
  readonly wasInPlace: boolean;
}

function look({ seen, expectedRows }: Knowledge, now: ExpectedState, watch: Watch): Knowledge {
  if (seen === undefined) return firstLook(expectedRows, now, watch);
  let after = expectedRows;
  const add = (type: EventType, entry: Omit<Entry, 'occurrences'>): void => {
    after = { ...after, [type]: { ...entry, occurrences: (after[type]?.occurrences ?? 0) + 1 } };
  };
  if (now.folderId !== seen.folderId) {
    const [was, is] = [isDeleted(seen, watch.places), isDeleted(now, watch.places)];
    const placement = { fromFolder: seen.folderId, toFolder: now.folderId, actionId: now.by.place };
    if (is && !was) add(now.folderId === undefined ? 'disappeared' : 'deleted', placement);
    else if (!is) add('moved', placement);
  }
  if (now.isRead && !seen.isRead) add('read', { actionId: now.by.read });
  if (now.flag === 'flagged' && seen.flag !== 'flagged') add('flagged', { actionId: now.by.flag });
  if (now.categories.some((name) => !seen.categories.includes(name))) {
    add('categorized', { actionId: now.by.categories });
  }
  return { seen: now, expectedRows: after };
}

/** Handles the first observation: it shows where a message is, not how it came there. */
function firstLook(expectedRows: EventRows, now: ExpectedState, { places, wasInPlace }: Watch): Knowledge {
  if (now.folderId === undefined || places.unobserved.has(now.folderId)) return { seen: undefined, expectedRows };
  const arrived: Entry = { occurrences: 1, toFolder: now.folderId, foundInPlace: wasInPlace };
  return { seen: now, expectedRows: { ...expectedRows, arrived } };
}

function isDeleted({ folderId }: ExpectedState, { deleted }: Places): boolean {
  return folderId === undefined || deleted.has(folderId);
}
