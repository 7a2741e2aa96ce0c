import { badRequest } from '../errors.ts';
import type { Change, ChangeLog } from '../mailbox/change-log.ts';
import type { Mailbox } from '../mailbox/mailbox.ts';

/** The place of a message in the order. */
export interface OrderKey {
  readonly receivedAtMs: number;
  readonly id: string;
}

interface Ordered {
  readonly start: number;
  readonly entries: readonly { readonly change: Change; readonly key: OrderKey }[];
}

/** A folder's messages in order, kept for the pages of a round: sorting them for each page would cost more than serving it. */
const orderedByLog = new WeakMap<ChangeLog, Ordered>();

/** Reads the `$orderby` of a delta request. @throws 400 on all but the one that Graph takes there */
export function readDeltaOrder(text: string | null): { readonly isNewestFirst: boolean } {
  if (text === null) return { isNewestFirst: false };
  if (/^receivedDateTime\s+desc$/i.test(text.trim())) return { isNewestFirst: true };
  throw badRequest('The only supported $orderby expression is receivedDateTime desc.', 'ErrorInvalidUrlQuery');
}

/**
 * What a folder held when a round began, newest first.
 * @param start the mailbox's newest change at that time; what has changed since comes after these, in the order of change
 * @param last where the page before ended
 */
export function* newestFirst(
  mailbox: Mailbox,
  log: ChangeLog,
  start: number,
  last: OrderKey | null,
): Generator<{ readonly change: Change; readonly key: OrderKey }> {
  for (const entry of inOrder(mailbox, log, start).entries) {
    const isGiven = last !== null && compare(entry.key, last) <= 0;
    if (!isGiven && log.isLatest(entry.change)) yield entry;
  }
}

function inOrder(mailbox: Mailbox, log: ChangeLog, start: number): Ordered {
  const kept = orderedByLog.get(log);
  if (kept?.start === start) return kept;
  const entries: { change: Change; key: OrderKey }[] = [];
  for (const change of log.since(0)) {
    if (change.sequence > start) break;
    const message = change.isRemoved ? undefined : mailbox.find(change.itemId);
    if (message !== undefined) {
      entries.push({ change, key: { receivedAtMs: message.receivedAtMs, id: message.id } });
    }
  }
  const ordered = { start, entries: entries.toSorted((one, other) => compare(one.key, other.key)) };
  orderedByLog.set(log, ordered);
  return ordered;
}

function compare(one: OrderKey, other: OrderKey): number {
  if (one.receivedAtMs !== other.receivedAtMs) return other.receivedAtMs - one.receivedAtMs;
  return one.id < other.id ? -1 : Number(one.id > other.id);
}
