import type { FilterQuery, Types } from 'mongoose';
import { EmailEvent, type IEmailEvent, Mailbox } from '../../models/index.ts';
import type { IPastOccurrence } from '../../models/EmailEvent.ts';
import { withQueryTimeout, queryTimeoutMs } from '../../models/store/query-timeout.ts';
import { defined } from '../../lib/defined.ts';
import {
  type EventFilter,
  type EventOrder,
  type EventPlace,
  lastOccurrenceConditions,
  pastOccurrenceConditions,
  rowConditions,
} from './event-filter.ts';

/** One occurrence of an event, in the fields of its row; `occurrences` counts those up to this one. */
export type StoredEvent = Omit<IEmailEvent, 'history'> & { _id: Types.ObjectId };

type RowWithPast = StoredEvent & {
  /** One past occurrence, after `$unwind`. */
  readonly history: IPastOccurrence;
  /** Its index in the history. */
  readonly index: number;
  /** Number of occurrences before the history begins. */
  readonly forgotten: number;
};

export interface PageRequest {
  readonly limit: number;
  readonly order: EventOrder;
  /** Returns the events after this position. */
  readonly after?: EventPlace | undefined;
}

export interface EventPage {
  readonly events: StoredEvent[];
  /** Position to continue after; missing on the last page. */
  readonly next?: EventPlace;
}

/** Serves the search for one message, which a store may otherwise answer by reading all events in order of time. */
const messageIndex = { userId: 1, mailboxId: 1, messageId: 1, eventType: 1 } as const;

/**
 * Reads one page of events, each occurrence at its own time. Consecutive pages hold every occurrence once, and what
 * happens meanwhile moves none. Past occurrences are read apart, because only few rows have any.
 * @throws AppError 503 too_much
 */
export async function listEvents(filter: EventFilter, page: PageRequest): Promise<EventPage> {
  const conditions = rowConditions(filter, await mailboxesToSearch(filter));
  const [latest, past] = await Promise.all([readLatest(conditions, filter, page), readPast(conditions, filter, page)]);
  const events = [...latest, ...past].toSorted(page.order === 'newest-first' ? (a, b) => compare(b, a) : compare);
  const shown = events.slice(0, page.limit);
  const last = shown.at(-1);
  if (events.length <= page.limit || last === undefined) return { events: shown };
  return { events: shown, next: placeOf(last) };
}

function placeOf({ timestamp, _id, stateVersion }: StoredEvent): EventPlace {
  return { timestamp, id: _id.toString(), stateVersion };
}

function compare(a: StoredEvent, b: StoredEvent): number {
  const byTime = a.timestamp.getTime() - b.timestamp.getTime();
  if (byTime !== 0) return byTime;
  const byRow = Buffer.compare(a._id.id, b._id.id);
  return byRow === 0 ? a.stateVersion - b.stateVersion : byRow;
}

/** Returns the mailboxes to search; undefined for all. One message is searched by mailbox, as its index begins with it. */
async function mailboxesToSearch({ userId, mailboxId, messageId }: EventFilter): Promise<string[] | undefined> {
  if (mailboxId !== undefined) return [mailboxId];
  if (messageId === undefined) return undefined;
  const query = Mailbox.find({ userId }, '_id').maxTimeMS(queryTimeoutMs).lean<{ _id: Types.ObjectId }[]>();
  return (await withQueryTimeout(query.exec())).map(({ _id }) => _id.toString());
}

/** Reads the rows whose last occurrence belongs to a page, and one more than fit. */
async function readLatest(
  conditions: FilterQuery<IEmailEvent>,
  filter: EventFilter,
  page: PageRequest,
): Promise<StoredEvent[]> {
  const direction = page.order === 'newest-first' ? -1 : 1;
  const query = EmailEvent.find({ ...conditions, ...lastOccurrenceConditions({ ...page, filter }) }, { history: 0 })
    .sort({ timestamp: direction, _id: direction })
    .limit(page.limit + 1)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredEvent[]>();
  if (filter.messageId !== undefined) void query.hint(messageIndex);
  return withQueryTimeout(query.exec());
}

/** Reads the past occurrences that belong to a page, and one more than fit. */
async function readPast(
  conditions: FilterQuery<IEmailEvent>,
  filter: EventFilter,
  page: PageRequest,
): Promise<StoredEvent[]> {
  const direction = page.order === 'newest-first' ? -1 : 1;
  const { rows, occurrences } = pastOccurrenceConditions({ ...page, filter });
  const query = EmailEvent.aggregate<RowWithPast>([
    { $match: { ...conditions, ...rows } },
    { $addFields: { forgotten: { $subtract: ['$occurrences', { $add: [{ $size: '$history' }, 1] }] } } },
    { $unwind: { path: '$history', includeArrayIndex: 'index' } },
    { $match: occurrences },
    { $sort: { 'history.timestamp': direction, _id: direction, 'history.stateVersion': direction } },
    { $limit: page.limit + 1 },
  ]).option({ maxTimeMS: queryTimeoutMs });
  if (filter.messageId !== undefined) query.hint(messageIndex);
  return (await withQueryTimeout(query.exec())).map(pastEvent);
}

function pastEvent({ history, index, forgotten, ...row }: RowWithPast): StoredEvent {
  const { fromFolder, toFolder, timeToAction, automatedByRule, automatedByAction, ...noted } = history;
  const metadata = defined<NonNullable<IEmailEvent['metadata']>>({
    ...row.metadata,
    automatedByRule,
    automatedByAction,
  });
  const occurrences = forgotten + index + 1;
  return defined<StoredEvent>({ ...row, ...noted, fromFolder, toFolder, timeToAction, metadata, occurrences });
}
