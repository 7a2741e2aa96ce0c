import type { IEmailEvent } from '../../src/models/EmailEvent.ts';
import { type Sight, sightAfter, type Step } from './sight.ts';

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

/** The rows of one message. */
export type Ledger = Readonly<Partial<Record<EventType, Entry>>>;

/** What the oracle must know of a mailbox. */
export interface Places {
  /** Folders in which a message is deleted. */
  readonly deleted: ReadonlySet<string>;
  /** Folders whose mail is not watched: drafts, outbox, sent. */
  readonly unobserved: ReadonlySet<string>;
}

/** What happened to one message, phase by phase; phases without a step are left out. */
export interface History {
  readonly wasInPlace: boolean;
  readonly phases: readonly (readonly Step[])[];
}

/** What an observer knows and has written after some series of looks. */
interface Knowledge {
  readonly seen: Sight | undefined;
  readonly ledger: Ledger;
}

/**
 * Every ledger that an observer may rightly have written of a message which it saw at the end of each phase, and
 * perhaps in between. There is one, unless changes of one kind followed each other within a phase: what nobody could
 * have seen in between. The one written from the fewest events comes first.
 */
export function possibleLedgers({ wasInPlace, phases }: History, places: Places): readonly Ledger[] {
  let known: readonly Knowledge[] = [{ seen: undefined, ledger: {} }];
  let sight: Sight | undefined;
  for (const steps of phases) {
    const sights: (Sight | undefined)[] = [sight];
    for (const step of steps) sights.push((sight = sightAfter(sight, step)));
    known = knownAtEnd(known, sights, (before, now) => look(before, now, { places, wasInPlace }));
  }
  return known.map(({ ledger }) => ledger).toSorted((one, other) => countEvents(one) - countEvents(other));
}

/** How many events a ledger holds, repetitions included. */
export function countEvents(ledger: Ledger): number {
  return Object.values(ledger).reduce((sum, { occurrences }) => sum + occurrences, 0);
}

type Look = (before: Knowledge, now: Sight) => Knowledge;

/** Goes through all series of looks that end at the last sight. `sights[0]` is the one before the phase. */
function knownAtEnd(
  atStart: readonly Knowledge[],
  sights: readonly (Sight | undefined)[],
  lookAt: Look,
): readonly Knowledge[] {
  const knownAt: (readonly Knowledge[])[] = [atStart];
  for (const now of sights.slice(1)) {
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

function look({ seen, ledger }: Knowledge, now: Sight, watch: Watch): Knowledge {
  if (seen === undefined) return firstLook(ledger, now, watch);
  let after = ledger;
  const add = (type: EventType, entry: Omit<Entry, 'occurrences'>): void => {
    after = { ...after, [type]: { ...entry, occurrences: (after[type]?.occurrences ?? 0) + 1 } };
  };
  if (now.folderId !== seen.folderId) {
    const [was, is] = [isDeleted(seen, watch.places), isDeleted(now, watch.places)];
    const placement = { fromFolder: seen.folderId, toFolder: now.folderId, actionId: now.by.place };
    if (is && !was) add('deleted', placement);
    else if (!is) add('moved', placement);
  }
  if (now.isRead && !seen.isRead) add('read', { actionId: now.by.read });
  if (now.flag === 'flagged' && seen.flag !== 'flagged') add('flagged', { actionId: now.by.flag });
  if (now.categories.some((name) => !seen.categories.includes(name))) {
    add('categorized', { actionId: now.by.categories });
  }
  return { seen: now, ledger: after };
}

/** A first look says where a message is, not how it came there. */
function firstLook(ledger: Ledger, now: Sight, { places, wasInPlace }: Watch): Knowledge {
  if (now.folderId === undefined || places.unobserved.has(now.folderId)) return { seen: undefined, ledger };
  const arrived: Entry = { occurrences: 1, toFolder: now.folderId, foundInPlace: wasInPlace };
  return { seen: now, ledger: { ...ledger, arrived } };
}

function isDeleted({ folderId }: Sight, { deleted }: Places): boolean {
  return folderId === undefined || deleted.has(folderId);
}
