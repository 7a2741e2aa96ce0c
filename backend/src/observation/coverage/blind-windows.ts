import type { FilterQuery, Types } from 'mongoose';
import { type IBlindWindow, type IMailbox, Mailbox } from '../../models/index.ts';
import type { EventWindow } from '../reports/event-window.ts';
import { choose } from '../reports/expressions.ts';
import { queryTimeoutMs, withQueryTimeout } from '../../models/store/query-timeout.ts';
import { defined } from '../../lib/defined.ts';

const maxWindows = 200;

/** Returns the argument of $push that appends a blind window and drops the oldest beyond 200. */
export function newestWindows(window: IBlindWindow) {
  return { $each: [window], $slice: -maxWindows };
}

/** Converts a window of our time to Graph's, in which events are dated. */
export function inGraphTime(window: IBlindWindow, toGraphTime: (ours: number) => number): IBlindWindow {
  const { from, to, reason } = window;
  return { from: new Date(toGraphTime(from.getTime())), to: new Date(toGraphTime(to.getTime())), reason };
}

/** A period; `to` is exclusive. */
export type Span = Pick<IBlindWindow, 'from' | 'to'>;

/** Clips spans to a period and merges those that overlap. @returns spans in order of time */
export function mergeSpans(spans: readonly Span[], within: Span): Span[] {
  const merged: Span[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from.getTime() - b.from.getTime())) {
    const span = { from: later(from, within.from), to: earlier(to, within.to) };
    const last = merged.at(-1);
    if (span.from >= span.to) continue;
    if (last === undefined || span.from > last.to) merged.push(span);
    else last.to = later(last.to, span.to);
  }
  return merged;
}

function earlier(a: Date, b: Date): Date {
  return a < b ? a : b;
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}

/**
 * Builds the aggregation expression that is true for events within a blind window of their mailbox.
 * @throws AppError 503 too_much
 */
export async function readBlindness({ userId, mailboxId, from, to }: EventWindow): Promise<object> {
  const query = Mailbox.find(defined<FilterQuery<IMailbox>>({ userId, _id: mailboxId }), 'blindWindows')
    .maxTimeMS(queryTimeoutMs)
    .lean<{ _id: Types.ObjectId; blindWindows?: IBlindWindow[] }[]>();
  const mailboxes = await withQueryTimeout(query.exec());
  const choices = mailboxes.flatMap(({ _id, blindWindows = [] }) => {
    const spans = mergeSpans(blindWindows, { from, to });
    return spans.length === 0 ? [] : [[{ $eq: ['$mailboxId', _id] }, liesIn(spans)] as const];
  });
  return choose(choices, false);
}

/** Builds a binary search, because the store evaluates it for every event: 7 comparisons for 100 spans. */
function liesIn(spans: readonly Span[]): object {
  const [first, ...others] = spans;
  if (first === undefined) return { $literal: false };
  if (others.length === 0) return { $and: [{ $gte: ['$timestamp', first.from] }, { $lt: ['$timestamp', first.to] }] };
  const half = Math.ceil(spans.length / 2);
  const upper = spans.slice(half);
  return { $cond: [{ $lt: ['$timestamp', upper[0]?.from] }, liesIn(spans.slice(0, half)), liesIn(upper)] };
}
