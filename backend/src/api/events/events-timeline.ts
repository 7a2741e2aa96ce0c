import { z } from 'zod';
import { json, route, type RouteContext } from '../../http/route.ts';
import { type Bucket, bucketMs, countByTime } from '../../observation/reports/event-timeline.ts';
import { readWindow, windowFields } from '../ownership.ts';
import { count, moment, noSuchMailbox, tooSlow } from '../schemas.ts';

const lengths = {
  day: { usualMs: 30 * bucketMs.day, maxMs: 90 * bucketMs.day },
  hour: { usualMs: 24 * bucketMs.hour, maxMs: 7 * bucketMs.day },
};

const query = z.strictObject({
  ...windowFields,
  from: windowFields.from.describe(
    'Defaults to 30 days before `to`, or 24 hours for hourly buckets; at most 90 days, or 7 days for hourly buckets',
  ),
  bucket: z.enum(['day', 'hour']).default('day'),
});

const counts = z.object({
  arrived: count,
  deleted: count,
  disappeared: count.describe('Gone without having been seen in Deleted Items'),
  moved: count,
  read: count,
  flagged: count,
  categorized: count,
});

const bucketResponse = z
  .object({
    start: moment.describe('Start of the day or hour, UTC'),
    events: counts.describe('A repeated event counts at each occurrence, up to its newest 51'),
    automated: counts.describe('Events caused by rules; not included in `events`'),
  })
  .meta({ id: 'TimelineBucket' });

const timeline = z.object({ from: moment, to: moment, items: z.array(bucketResponse) });

/** Mounts the event counts over time. */
export function mountTimeline(context: RouteContext): void {
  route(
    context,
    ['user', 'get', '/api/events/timeline'],
    {
      summary: 'Event counts per day or hour, oldest first',
      tag: 'events',
      query,
      responses: {
        200: json(timeline),
        404: noSuchMailbox,
        503: tooSlow,
      },
    },
    async ({ query: { bucket, ...asked } }, { userId }) => {
      const window = await readWindow(userId, asked, lengths[bucket]);
      const items = (await countByTime(window, bucket)).map(presentBucket);
      return { status: 200, body: { from: window.from.toISOString(), to: window.to.toISOString(), items } };
    },
  );
}

function presentBucket({ start, events, automated }: Bucket): z.output<typeof bucketResponse> {
  return { start: start.toISOString(), events, automated };
}
