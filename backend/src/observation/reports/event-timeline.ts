import { EmailEvent, type IEmailEvent } from '../../models/index.ts';
import { withQueryTimeout, queryTimeoutMs } from '../../models/store/query-timeout.ts';
import type { EventWindow } from './event-window.ts';
import { isAutomated } from './expressions.ts';
import { occurrencesIn } from './occurrences.ts';
import { dayMs, hourMs } from '../../lib/durations.ts';

export type BucketUnit = 'day' | 'hour';
type EventCounts = Record<IEmailEvent['eventType'], number>;

export const bucketMs = { day: dayMs, hour: hourMs } as const satisfies Record<BucketUnit, number>;

/** The events of one day or hour, in UTC. */
export interface Bucket {
  readonly start: Date;
  /** Arrivals, and events caused by the owner. */
  readonly events: EventCounts;
  /** Events caused by our own actions. */
  readonly automated: EventCounts;
}

interface BucketCount {
  readonly _id: {
    /** Index, counted from the first bucket of the window. */
    readonly bucket: number;
    readonly type: IEmailEvent['eventType'];
    readonly automated: boolean;
  };
  readonly events: number;
}

/**
 * Counts the events of a window by day or hour, oldest first, each occurrence at its own time: what happens later does
 * not change the numbers of a day that is over. Days or hours without events have a bucket of zeros.
 * @throws AppError 503 too_much
 */
export async function countByTime(window: EventWindow, unit: BucketUnit): Promise<readonly Bucket[]> {
  const lengthMs = bucketMs[unit];
  const first = Math.floor(window.from.getTime() / lengthMs) * lengthMs;
  const bucket = { $floor: { $divide: [{ $subtract: ['$timestamp', new Date(first)] }, lengthMs] } };
  const query = EmailEvent.aggregate<BucketCount>([
    ...occurrencesIn(window),
    { $group: { _id: { bucket, type: '$eventType', automated: isAutomated }, events: { $sum: 1 } } },
  ]).option({ maxTimeMS: queryTimeoutMs });
  const buckets = Array.from({ length: Math.ceil((window.to.getTime() - first) / lengthMs) }, (_, index) => ({
    start: new Date(first + index * lengthMs),
    events: noEvents(),
    automated: noEvents(),
  }));
  for (const { _id, events } of await withQueryTimeout(query.exec())) {
    const counts = buckets[_id.bucket]?.[_id.automated ? 'automated' : 'events'];
    if (counts !== undefined) counts[_id.type] = events;
  }
  return buckets;
}

function noEvents(): EventCounts {
  return { arrived: 0, deleted: 0, disappeared: 0, moved: 0, read: 0, flagged: 0, categorized: 0 };
}
