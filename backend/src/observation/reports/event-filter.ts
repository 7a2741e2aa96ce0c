import { domainOf } from '../../lib/canonical-address.ts';
import mongoose, { type FilterQuery, Types } from 'mongoose';
import type { IEmailEvent } from '../../models/index.ts';
import { after, before, exists, isIn } from '../../models/store/query-operators.ts';
import { defined } from '../../lib/defined.ts';

/** Selects events of a user. A field left out does not restrict. */
export interface EventFilter {
  readonly userId: string;
  readonly mailboxId?: string | undefined;
  /** Graph's immutable message id. */
  readonly messageId?: string | undefined;
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

/** Position of an occurrence in the order by time, then by row, then by the version of the message's state. */
export interface EventPlace {
  readonly timestamp: Date;
  /** Id of the row: 24 hexadecimal digits. */
  readonly id: string;
  readonly stateVersion: number;
}

export type EventOrder = 'newest-first' | 'oldest-first';

/** The part of a list that a page needs: the occurrences that follow a position, or all. */
interface EventSection {
  readonly filter: EventFilter;
  readonly order: EventOrder;
  readonly after?: EventPlace | undefined;
}

/** Returns the conditions on what all occurrences of a row share. Ids are converted, because aggregations do not cast. */
export function rowConditions(
  filter: EventFilter,
  mailboxIds: readonly string[] | undefined,
): FilterQuery<IEmailEvent> {
  const { userId, messageId, types } = filter;
  return {
    userId: new Types.ObjectId(userId),
    ...defined<FilterQuery<IEmailEvent>>({
      mailboxId: mailboxIds === undefined ? undefined : isIn(mailboxIds.map((id) => new Types.ObjectId(id))),
      messageId,
      eventType: types === undefined ? undefined : isIn(types),
    }),
    ...ofSender(filter),
  };
}

/** Returns the conditions on the last occurrence of a row. */
export function lastOccurrenceConditions(section: EventSection): FilterQuery<IEmailEvent> {
  return occurrenceConditions(section, '');
}

/** Returns the conditions on a past occurrence: on rows, and on what `$unwind` makes of their history. */
export function pastOccurrenceConditions(section: EventSection) {
  const { timestamp = exists() } = timeBounds(section);
  // the index holds rows with a history only, and serves what asks for them
  const rows = { history: { ...exists(), $elemMatch: { timestamp } } };
  return { rows, occurrences: occurrenceConditions(section, 'history.') };
}

/** @param prefix where the fields of the occurrence are: those of the row itself, or those of its history */
function occurrenceConditions(section: EventSection, prefix: '' | 'history.'): FilterQuery<IEmailEvent> {
  const { filter, order, after: place } = section;
  const { folderId } = filter;
  const { timestamp } = timeBounds(section);
  const choices = [
    ...(folderId === undefined
      ? []
      : [{ $or: [{ [`${prefix}fromFolder`]: folderId }, { [`${prefix}toFolder`]: folderId }] }]),
    ...(place === undefined ? [] : [{ $or: following(place, order, prefix) }]),
  ];
  return {
    ...(timestamp === undefined ? {} : { [`${prefix}timestamp`]: timestamp }),
    ...(choices.length === 0 ? {} : { $and: choices }),
  };
}

/** Adds the domain to a search by address, because only the domain is indexed. */
function ofSender({ sender, domain }: EventFilter): FilterQuery<IEmailEvent> {
  const wanted = domain ?? (sender === undefined ? undefined : (domainOf(sender) ?? null));
  return defined<FilterQuery<IEmailEvent>>({ 'sender.domain': wanted, 'sender.email': sender });
}

/** Bounds the time by the position too, so that the store begins to read there. */
function timeBounds({ filter: { from, to }, order, after: place }: EventSection) {
  const bounds = defined<{ $gte?: Date; $lt?: Date }>({ $gte: from, $lt: to });
  if (place === undefined) return Object.keys(bounds).length === 0 ? {} : { timestamp: mongoose.trusted(bounds) };
  const { timestamp } = place;
  if (order === 'newest-first') return { timestamp: mongoose.trusted({ ...bounds, $lte: timestamp }) };
  const later = from === undefined || from < timestamp ? timestamp : from;
  return { timestamp: mongoose.trusted({ ...bounds, $gte: later }) };
}

function following({ timestamp, id, stateVersion }: EventPlace, order: EventOrder, prefix: string) {
  const _id = new Types.ObjectId(id);
  const beyond = <T>(value: T) => (order === 'newest-first' ? before(value) : after(value));
  const [time, version] = [`${prefix}timestamp`, `${prefix}stateVersion`];
  return [
    { [time]: beyond(timestamp) },
    { [time]: timestamp, _id: beyond(_id) },
    { [time]: timestamp, _id, [version]: beyond(stateVersion) },
  ];
}
