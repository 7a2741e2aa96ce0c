import { array, assert, asyncProperty, boolean, constantFrom, integer, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../../src/lib/durations.ts';
import { EmailEvent, models } from '../../../../src/models/index.ts';
import { applyObservations } from '../../../../src/observation/changes/apply.ts';
import { listEvents } from '../../../../src/observation/reports/event-queries.ts';
import { summarizeSenders } from '../../../../src/observation/reports/event-senders.ts';
import { type Bucket, countByTime } from '../../../../src/observation/reports/event-timeline.ts';
import type { ObservedMailbox } from '../../../../src/observation/changes/observation.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { gone, mailboxOf, messageOf } from '../changes/looks.ts';

useTestDatabase(models);

const first = Math.floor(Date.now() / dayMs) * dayMs - 10 * dayMs;

/** One look at one of three messages: what the owner has made of it since the look before. */
const look = record({
  message: constantFrom('a', 'b', 'c'),
  afterHours: integer({ min: 1, max: 20 }),
  folder: constantFrom('inbox', 'work', 'trash', 'gone'),
  isRead: boolean(),
  flagStatus: constantFrom('notFlagged' as const, 'flagged' as const),
  categories: constantFrom<string[]>([], ['red'], ['red', 'blue']),
});
type Look = ReturnType<(typeof look)['generate']>['value'];

interface Moment {
  readonly time: number;
  readonly receivedAt: number;
}

async function apply(
  mailbox: ObservedMailbox,
  { message, folder, ...properties }: Look,
  { time, receivedAt }: Moment,
): Promise<void> {
  const { isRead, categories, flagStatus } = properties;
  const seen = messageOf({
    id: message,
    parentFolderId: folder,
    receivedDateTime: new Date(receivedAt),
    lastModifiedDateTime: new Date(time),
    isRead,
    categories,
    flag: { flagStatus },
  });
  const times = { sentAt: time, answeredAt: time + 100 };
  await applyObservations(mailbox, [
    folder === 'gone' ? gone(message, time) : { kind: 'present', message: seen, ...times },
  ]);
}

interface Report {
  readonly timeline: readonly Bucket[];
  readonly senders: unknown;
  readonly listed: unknown;
}

/** All that is reported of the time before `to`. */
async function reportOf({ userId, mailboxId }: ObservedMailbox, to: Date): Promise<Report> {
  const window = { userId: userId.toString(), mailboxId: mailboxId.toString(), from: new Date(first - dayMs), to };
  const { events } = await listEvents(window, { limit: 500, order: 'oldest-first' });
  return {
    timeline: await countByTime(window, 'day'),
    senders: await summarizeSenders(window, { by: 'address', limit: 20 }),
    listed: events.map(({ _id, messageId, eventType, timestamp, fromFolder, toFolder, isRead, ...event }) => ({
      key: `${_id.toString()} ${event.stateVersion}`,
      event: { messageId, eventType, timestamp, fromFolder, toFolder, isRead, occurrences: event.occurrences },
    })),
  };
}

describe('a day that is over', () => {
  it('is reported the same for good, whatever happens later', async () => {
    await assert(
      asyncProperty(array(look, { minLength: 3, maxLength: 14 }), async (looks) => {
        const mailbox = mailboxOf({ watchedSince: new Date(first - dayMs), eventsSince: new Date(first - 30 * dayMs) });
        const closed = new Map<number, Report>();
        const received = new Map<string, number>();
        let time = first;
        for (const next of looks) {
          const before = time;
          time += next.afterHours * hourMs;
          for (let day = Math.floor(before / dayMs) + 1; day <= Math.floor(time / dayMs); day += 1)
            closed.set(day * dayMs, await reportOf(mailbox, new Date(day * dayMs)));
          const receivedAt = received.get(next.message) ?? time;
          // a message that was never seen arrives with its first look
          if (next.folder !== 'gone') received.set(next.message, receivedAt);
          await apply(mailbox, next, { time, receivedAt });
        }

        for (const [end, report] of closed) expect(await reportOf(mailbox, new Date(end))).toEqual(report);
        const written = await EmailEvent.find({ mailboxId: mailbox.mailboxId }).lean();
        const happened = written.reduce((sum, { occurrences }) => sum + occurrences, 0);
        const counted = await countByTime(
          { userId: mailbox.userId.toString(), from: new Date(first), to: new Date(time + hourMs) },
          'day',
        );
        expect(counted.flatMap(({ events }) => Object.values(events)).reduce((sum, number) => sum + number, 0)).toBe(
          happened,
        );
      }),
      { numRuns: 15, seed: 5 },
    );
  });
});
