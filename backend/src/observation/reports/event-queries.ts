import mongoose, { type FilterQuery, Types } from 'mongoose';
import { EmailEvent, type IEmailEvent } from '../../models/index.ts';
import { withQueryTimeout, queryTimeoutMs } from '../../models/store/query-timeout.ts';
import { after, before, isIn } from '../../models/store/query-operators.ts';
import { domainOf } from '../../lib/canonical-address.ts';
import { defined } from '../../lib/defined.ts';

export type StoredEvent = IEmailEvent & { _id: Types.ObjectId };

/** Selects events of a user. A field left out does not restrict. */
export interface EventFilter {
  readonly userId: string;
  readonly mailboxId?: string | undefined;
  readonly types?: readonly IEmailEvent['eventType'][] | undefined;
  /** An address in canonical form. */
  readonly sender?: string | undefined;
  /** The part of an address after the @, lower case. */
  readonly domain?: string | undefined;
  /** Events from this folder or to it. */
  readonly folderId?: string | undefined;
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}

/** Position of an event in the order by time, then by id. */
interface EventPlace {
  readonly timestamp: Date;
  readonly id: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly order: 'newest-first' | 'oldest-first';
  /** Returns the events after this position. */
  readonly after?: EventPlace | undefined;
}

export interface EventPage {
  readonly events: StoredEvent[];
  /** Position to continue after; missing on the last page. */
  readonly next?: EventPlace;
}

/**
 * Reads one page of events. Consecutive pages hold every event once, even if new events arrive meanwhile. An event that
 * happens again moves to the position of its new time.
 * @throws AppError 503 too_much
 */
export async function listEvents(filter: EventFilter, { limit, order, after: place }: PageRequest): Promise<EventPage> {
  const direction = order === 'newest-first' ? -1 : 1;
  const query = EmailEvent.find(toQuery(filter, place, order))
    .sort({ timestamp: direction, _id: direction })
    .limit(limit + 1)
    .maxTimeMS(queryTimeoutMs)
    .lean<StoredEvent[]>();
  const events = await withQueryTimeout(query.exec());
  const shown = events.slice(0, limit);
  const last = shown.at(-1);
  if (events.length <= limit || last === undefined) return { events: shown };
  return { events: shown, next: { timestamp: last.timestamp, id: last._id.toString() } };
}

function toQuery(
  filter: EventFilter,
  place: EventPlace | undefined,
  order: PageRequest['order'],
): FilterQuery<IEmailEvent> {
  const { userId, mailboxId, types, folderId } = filter;
  const choices = [
    ...(folderId === undefined ? [] : [{ $or: [{ fromFolder: folderId }, { toFolder: folderId }] }]),
    ...(place === undefined ? [] : [{ $or: following(place, order) }]),
  ];
  return {
    userId,
    ...defined<FilterQuery<IEmailEvent>>({ mailboxId, eventType: types === undefined ? undefined : isIn(types) }),
    ...ofSender(filter),
    ...withinTime(filter, place, order),
    ...(choices.length === 0 ? {} : { $and: choices }),
  };
}

/** Adds the domain to a search by address, because only the domain is indexed. */
function ofSender({ sender, domain }: EventFilter): FilterQuery<IEmailEvent> {
  const wanted = domain ?? (sender === undefined ? undefined : (domainOf(sender) ?? null));
  return defined<FilterQuery<IEmailEvent>>({ 'sender.domain': wanted, 'sender.email': sender });
}

/** Bounds the time by the position too, so that the store begins to read there. */
function withinTime(
  { from, to }: EventFilter,
  place: EventPlace | undefined,
  order: PageRequest['order'],
): FilterQuery<IEmailEvent> {
  const bounds = defined<{ $gte?: Date; $lt?: Date }>({ $gte: from, $lt: to });
  if (place === undefined) return Object.keys(bounds).length === 0 ? {} : { timestamp: mongoose.trusted(bounds) };
  const { timestamp } = place;
  if (order === 'newest-first') return { timestamp: mongoose.trusted({ ...bounds, $lte: timestamp }) };
  const later = from === undefined || from < timestamp ? timestamp : from;
  return { timestamp: mongoose.trusted({ ...bounds, $gte: later }) };
}

function following({ timestamp, id }: EventPlace, order: PageRequest['order']): FilterQuery<IEmailEvent>[] {
  const _id = new Types.ObjectId(id);
  return order === 'newest-first'
    ? [{ timestamp: before(timestamp) }, { timestamp, _id: before(_id) }]
    : [{ timestamp: after(timestamp) }, { timestamp, _id: after(_id) }];
}
