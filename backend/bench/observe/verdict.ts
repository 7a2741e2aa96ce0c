import { groupBy } from '../../src/lib/group-by.ts';
import { countEvents, type Entry, type Ledger } from './oracle.ts';

/** The three ways in which a row can be wrong. */
export const faultKinds = ['lost', 'duplicated', 'misattributed'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A row of the event log, as it was read. */
export interface Row extends Entry {
  readonly messageId: string;
  readonly eventType: string;
}

/** Something that the event log has wrong. */
export interface Fault {
  readonly kind: FaultKind;
  readonly messageId: string;
  readonly eventType: string;
  /** How many events it is about. */
  readonly count: number;
  readonly expected: Entry | undefined;
  readonly found: Entry | undefined;
}

export interface Verdict {
  readonly faults: readonly Fault[];
  /** Events that there should be, and that were compared. */
  readonly events: number;
  /** Messages of which a look saw what could also have stayed unseen. */
  readonly seenInBetween: number;
}

/**
 * Compares the rows of a mailbox with what they may be. Where several ledgers are right, a message is held against
 * the one that it is nearest to.
 * @param possible for each message of the mailbox, by id, the ledgers that are right; the one of fewest events first
 */
export function judge(possible: ReadonlyMap<string, readonly Ledger[]>, rows: readonly Row[]): Verdict {
  const rowsOf = groupBy(rows, ({ messageId }) => messageId);
  const faults: Fault[] = [];
  let [events, seenInBetween] = [0, 0];
  for (const [messageId, ledgers] of possible) {
    const nearest = nearestTo(ledgers, { messageId, rows: rowsOf.get(messageId) ?? [] });
    faults.push(...nearest.faults);
    events += countEvents(nearest.ledger);
    if (countEvents(nearest.ledger) > countEvents(ledgers[0] ?? {})) seenInBetween += 1;
  }
  for (const [messageId, unknown] of rowsOf) {
    if (!possible.has(messageId)) faults.push(...faultsOf({}, { messageId, rows: unknown }));
  }
  return { faults, events, seenInBetween };
}

/** How many events are wrong in one way. */
export function countFaults(faults: readonly Fault[], kind: FaultKind): number {
  return faults.filter((fault) => fault.kind === kind).reduce((sum, { count }) => sum + count, 0);
}

interface Written {
  readonly messageId: string;
  readonly rows: readonly Row[];
}

function nearestTo(ledgers: readonly Ledger[], written: Written): { ledger: Ledger; faults: readonly Fault[] } {
  const candidates = ledgers.map((ledger) => ({ ledger, faults: faultsOf(ledger, written) }));
  const [nearest] = candidates.toSorted((one, other) => one.faults.length - other.faults.length);
  return nearest ?? { ledger: {}, faults: faultsOf({}, written) };
}

function faultsOf(ledger: Ledger, { messageId, rows }: Written): Fault[] {
  const faults: Fault[] = [];
  const expectedOf = new Map<string, Entry>(Object.entries(ledger));
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
  // the count is right, the last word is not: the last time is not the one that was recorded
  if (found.fromFolder !== expected.fromFolder || found.toFolder !== expected.toFolder)
    return { kind: 'lost', count: 1 };
  const isAttributed =
    found.actionId === expected.actionId && (found.foundInPlace ?? false) === (expected.foundInPlace ?? false);
  return isAttributed ? undefined : { kind: 'misattributed', count: 1 };
}
