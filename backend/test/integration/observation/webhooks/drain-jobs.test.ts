import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GrantDeadError, MailboxPausedError, TryLaterError } from '../../../../src/auth/errors.ts';
import { ThrottledError } from '../../../../src/graph/errors.ts';
import { registry } from '../../../../src/jobs/registry.ts';
import { NotFoundError } from '../../../../src/lib/errors.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import { asked, DrainFixture, folders, graphError, nothing, type Observe, observer } from './drain-fixture.ts';
import { untilPasses } from '../../../harness/until-passes.ts';

let fixture: DrainFixture;
beforeAll(async () => {
  fixture = await DrainFixture.start();
});
beforeEach(async () => {
  await fixture.redis.flushall();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

describe('the job', () => {
  it('is followed by one more for all that comes while it is under way', async () => {
    const { _id } = await buildMailbox({ folders });
    let isAllTold = false;
    const observe = observer().mockImplementation(async (_mailbox, ids) => {
      await untilPasses(() => expect(isAllTold).toBe(true));
      return { events: ids.length, changed: 0 };
    });
    await fixture.working(fixture.deps(observe), async () => {
      await fixture.told(_id, ['first']);
      await untilPasses(() => expect(observe).toHaveBeenCalled());
      for (const id of ['a', 'b', 'c']) await fixture.told(_id, [id]);
      isAllTold = true;
      await untilPasses(async () => expect(await fixture.queue.getJobCountByTypes('active', 'waiting')).toBe(0));
    });

    expect(new Set(asked(observe).flat())).toEqual(new Set(['first', 'a', 'b', 'c']));
    expect(await fixture.left(_id)).toEqual([]);
    const results = (await fixture.queue.getJobs('completed')).map(({ returnvalue }) => returnvalue.looked);
    expect(results.length).toBe(2);
  });

  it('loses nothing of many notifications at any time', async () => {
    const mailboxes = await Promise.all(Array.from({ length: 5 }, () => buildMailbox({ folders })));
    const seen = new Map<string, number>();
    const changed = new Map<string, number>();
    const observe: Observe = async ({ mailboxId }, ids) => {
      const lookedAt = new Map(ids.map((id) => [id, changed.get(`${mailboxId.toString()} ${id}`) ?? 0]));
      await delay(Math.random() * 5);
      for (const [id, version] of lookedAt) seen.set(`${mailboxId.toString()} ${id}`, version);
      return nothing;
    };
    const tell = async (n: number): Promise<void> => {
      const mailboxId = mailboxes[n % 5]?._id ?? '';
      const id = `m${n % 13}`;
      const key = `${mailboxId.toString()} ${id}`;
      changed.set(key, (changed.get(key) ?? 0) + 1);
      await fixture.told(mailboxId, [id]);
    };
    await fixture.working(fixture.deps(observe), async () => {
      for (let n = 0; n < 1_000; n += 20) await Promise.all(Array.from({ length: 20 }, (_, m) => tell(n + m)));
      await untilPasses(async () => expect(await fixture.queue.getJobCountByTypes('active', 'waiting')).toBe(0));
    });

    expect(seen).toEqual(changed);
  });

  it.each([
    { error: new GrantDeadError('invalid_grant'), outcome: 'disconnected' },
    { error: new MailboxPausedError(), outcome: 'paused' },
    { error: new NotFoundError('gone'), outcome: 'gone' },
  ])('ends quietly when the mailbox is $outcome, and keeps no message', async ({ error, outcome }) => {
    const { _id } = await buildMailbox({ folders });
    await fixture.working(fixture.deps(observer().mockRejectedValue(error)), async () => {
      await fixture.told(_id, ['m']);
      await untilPasses(async () => expect(await fixture.queue.getCompletedCount()).toBe(1));
    });

    expect((await fixture.queue.getJobs('completed')).map(({ returnvalue }) => returnvalue)).toEqual([{ outcome }]);
    expect(await fixture.left(_id)).toEqual([]);
  });

  it.each([
    new ThrottledError({ code: 'throttled', message: 'Too many', retryAfterMs: 60_000 }),
    new TryLaterError('throttled', 60_000),
  ])('waits as long as it is asked to, without using an attempt: %s', async (error) => {
    const { _id } = await buildMailbox({ folders });
    await fixture.working(fixture.deps(observer().mockRejectedValue(error)), async () => {
      await fixture.told(_id, ['m']);
      await untilPasses(async () => expect(await fixture.queue.getDelayedCount()).toBe(1));
    });

    const [job] = await fixture.queue.getJobs('delayed');
    expect(job?.attemptsMade).toBe(0);
    expect(job?.delay).toBeGreaterThan(50_000);
    expect(await fixture.left(_id)).toEqual(['m']);
  });

  it('that has failed for the last time goes on with what waits behind', async () => {
    const { _id } = await buildMailbox({ folders });
    await fixture.notify(_id, ['poison'], Date.now() - 60_000);
    await fixture.notify(
      _id,
      Array.from({ length: 99 }, (_, n) => `beside${n}`),
      Date.now() - 50_000,
    );
    await fixture.notify(_id, ['behind']);
    const observe = observer().mockImplementation(async (_mailbox, ids) => {
      if (ids.includes('poison')) throw graphError(500);
      return nothing;
    });
    await fixture.working(fixture.deps(observe), async () => {
      const deduplication = { id: String(_id), keepLastIfActive: true };
      await fixture.queue.add(
        registry['webhook-events'].jobName,
        { mailboxId: String(_id) },
        { attempts: 1, deduplication },
      );
      await untilPasses(async () => expect(await fixture.left(_id)).toEqual([]));
      await untilPasses(async () => expect(await fixture.queue.getCompletedCount()).toBe(1));
    });

    expect(asked(observe).at(-1)).toEqual(['behind']);
    expect(await fixture.queue.getFailedCount()).toBe(1);
    expect(await fixture.queues['delta-sync'].getJobs()).toHaveLength(1);
  });

  it('that is not done with a mailbox makes another', async () => {
    const { _id } = await buildMailbox({ folders });
    await fixture.notify(
      _id,
      Array.from({ length: 150 }, (_, n) => `m${n}`),
    );
    let now = Date.now();
    const observe = observer().mockImplementation(async () => {
      now += 31_000;
      return nothing;
    });
    await fixture.working(fixture.deps(observe, { clock: () => now }), async () => {
      await fixture.addJob(_id);
      await untilPasses(async () => expect(await fixture.left(_id)).toEqual([]));
      await untilPasses(async () => expect(await fixture.queue.getCompletedCount()).toBe(2));
    });

    expect(asked(observe).map(({ length }) => length)).toEqual([100, 50]);
  });

  it('holds the id of the mailbox and nothing else', async () => {
    const { _id } = await buildMailbox({ folders });
    await fixture.told(_id, ['secret-message-id']);

    const [job] = await fixture.queue.getJobs('waiting');

    expect(job?.data).toEqual({ mailboxId: String(_id) });
  });
});
