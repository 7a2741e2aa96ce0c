import { groupBy } from '../../src/lib/group-by.ts';
import { countEvents, type Entry, type EventRows } from './expected-events.ts';

/** The three kinds of faults in the event log. */
export const faultKinds = ['lost', 'duplicated', 'misattributed'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A row read from the event log. */
export interface Row extends Entry {
  readonly messageId: string;
  readonly eventType: string;
}

/** A difference between the event log and what happened. */
export interface Fault {
  readonly kind: FaultKind;
  readonly messageId: string;
  readonly eventType: string;
  /** Number of events that are wrong. */
  readonly count: number;
  readonly expected: Entry | undefined;
  readonly found: Entry | undefined;
}

export interface Comparison {
  readonly faults: readonly Fault[];
  /** Number of expected events. */
  readonly events: number;
  /** Number of messages whose short-lived changes were observed. */
  readonly seenInBetween: number;
}

/**
 * Compares the rows of a mailbox with the expected ones. Where several sets of rows are correct, a message is compared
 * with the nearest.
 * @param possible the correct sets of rows of each message, by message id; the set with the fewest events first
 */
export function compareEvents(possible: ReadonlyMap<string, readonly EventRows[]>, rows: readonly Row[]): Comparison {
  const rowsOf = groupBy(rows, ({ messageId }) => messageId);
  const faults: Fault[] = [];
  let [events, seenInBetween] = [0, 0];
  for (const [messageId, alternatives] of possible) {
    const nearest = nearestTo(alternatives, { messageId, rows: rowsOf.get(messageId) ?? [] });
    faults.push(...nearest.faults);
    events += countEvents(nearest.expectedRows);
    if (countEvents(nearest.expectedRows) > countEvents(alternatives[0] ?? {})) seenInBetween += 1;
  }
  for (const [messageId, unknown] of rowsOf) {
    if (!possible.has(messageId)) faults.push(...faultsOf({}, { messageId, rows: unknown }));
  }
  return { faults, events, seenInBetween };
}

/** Counts the events with this kind of fault. */
export function countFaults(faults: readonly Fault[], kind: FaultKind): number {
  return faults.filter((fault) => fault.kind === kind).reduce((sum, { count }) => sum + count, 0);
}

interface Written {
  readonly messageId: string;
  readonly rows: readonly Row[];
}

function nearestTo(
  alternatives: readonly EventRows[],
  written: Written,
): { expectedRows: EventRows; faults: readonly Fault[] } {
  const candidates = alternatives.map((expectedRows) => ({ expectedRows, faults: faultsOf(expectedRows, written) }));
  const [nearest] = candidates.toSorted((one, other) => one.faults.length - other.faults.length);
  return nearest ?? { expectedRows: {}, faults: faultsOf({}, written) };
}

function faultsOf(expectedRows: EventRows, { messageId, rows }: Written): Fault[] {
  const faults: Fault[] = [];
  const expectedOf = new Map<string, Entry>(Object.entries(expectedRows));
  for (const [eventType, [found, ...repeated]] of groupBy(rows, (row) => row.eventType)) {
    const expected = expectedOf.get(eventType);
    expectedOf.delete(eventType);
    const at = { messageId, eventType };
    for (const row of repeated)
      faults.push({ ...at, kind: 'duplicated', count: row.occurrences, expected, found: row });
    const kind = found === undefined ? undefined : faultOf(expected, found);
    if (kind !== undefined) faults.push({ ...at, ...kind, expected, found });
  }
  for (const [eventType, expected] of expectedOf) {
    faults.push({ messageId, eventType, kind: 'lost', count: expected.occurrences, expected, found: undefined });
  }
  return faults;
}

function faultOf(expected: Entry | undefined, found: Entry): Pick<Fault, 'kind' | 'count'> | undefined {
  const more = found.occurrences - (expected?.occurrences ?? 0);
  if (more > 0) return { kind: 'duplicated', count: more };
  if (more < 0 || expected === undefined) return { kind: 'lost', count: -more };
  // the count is right, but the last occurrence is not the one recorded
  if (found.fromFolder !== expected.fromFolder || found.toFolder !== expected.toFolder)
    return { kind: 'lost', count: 1 };
  const isAttributed =
    found.actionId === expected.actionId && (found.foundInPlace ?? false) === (expected.foundInPlace ?? false);
  return isAttributed ? undefined : { kind: 'misattributed', count: 1 };
}
