import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deltaSyncProcessor } from '../../src/jobs/processors/delta-sync.ts';
import type { JobProcessor } from '../../src/jobs/processors.ts';
import { minuteMs } from '../../src/lib/durations.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { EmailEvent, Mailbox, User } from '../../src/models/index.ts';
import { connectMicrosoft } from '../../src/composition/microsoft.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { refusalContext } from '../harness/refusal-context.ts';
import { addJob } from '../harness/service.ts';

const from = 'news@letters.example';
const child = 'sync-mailbox';

let it365: ConnectedService;
let redis: Redis;
let process: JobProcessor = async () => undefined;
beforeAll(async () => {
  it365 = await startConnectedService({
    service: { processors: { 'delta-sync': (job, token, signal) => process(job, token, signal) } },
  });
  redis = new Redis(it365.service.redis.port, '127.0.0.1');
  await it365.signedIn(admin);
});
afterEach(async () => {
  it365.microsoft.faults.clear();
  await it365.service.queue('delta-sync').obliterate({ force: true });
});
afterAll(async () => {
  redis.disconnect();
  await it365[Symbol.asyncDispose]();
});

/** The queue, worked off by a processor of this test. */
function worked({ budgetMs = minuteMs, pageSize = 200 } = {}) {
  const queue = it365.service.queue('delta-sync');
  const logger = createLogger({ level: 'error', style: 'readable' });
  const { graphOf } = connectMicrosoft(it365.service.config, redis, refusalContext) ?? {};
  if (graphOf === undefined) throw new Error('The service is not connected');
  process = deltaSyncProcessor({
    queue,
    graphOf,
    logger,
    pageSize,
    budgetMs,
    clock: Date.now,
    spreadMs: 0,
    sinceDays: 30,
  });
  return queue;
}

const theMailbox = () => Mailbox.findOne({ email: admin }).lean().orFail();
const arrived = () => EmailEvent.countDocuments({ eventType: 'arrived' });
const deliver = (subject: string) => it365.microsoft.people.get(admin).does.deliver({ from, subject });

describe('delta-sync', () => {
  it('synchronizes what is due, and what is not only when asked for', async () => {
    deliver('one');
    const queue = worked();
    const round = await addJob(queue, 'delta-sync');
    await expect.poll(arrived).toBe(1);
    await expect.poll(async () => (await theMailbox()).nextSyncAt?.getTime()).toBeGreaterThan(Date.now() + minuteMs);

    deliver('two');
    const second = await addJob(queue, 'delta-sync');
    await expect.poll(() => second.getState()).toBe('completed');
    const { _id } = await theMailbox();
    const asked = await queue.add(child, { mailboxId: _id.toHexString() });
    await expect.poll(() => asked.getState()).toBe('completed');

    expect((await queue.getJob(round.id ?? ''))?.returnvalue).toEqual({ mailboxes: 1 });
    expect((await queue.getJob(second.id ?? ''))?.returnvalue).toEqual({ mailboxes: 0 });
    expect((await queue.getJob(asked.id ?? ''))?.returnvalue).toMatchObject({ outcome: 'finished', events: 1 });
    expect(await arrived()).toBe(2);
  });

  it('does a little of a mailbox at a time, in one job after the other', async () => {
    const queue = worked({ budgetMs: 0, pageSize: 2 });
    for (let index = 0; index < 15; index += 1) deliver(`bulk ${index}`);
    const before = await arrived();
    const { _id } = await theMailbox();
    await Mailbox.updateOne({ _id }, { $set: { deltaLinks: {}, nextSyncAt: new Date(0) } });

    await addJob(queue, 'delta-sync');

    await expect.poll(arrived).toBe(before + 15);
    await expect.poll(async () => (await theMailbox()).nextSyncAt?.getTime()).toBeGreaterThan(Date.now());
    await expect.poll(() => queue.getJobCounts('active', 'waiting')).toMatchObject({ active: 0, waiting: 0 });
    const jobs = await queue.getCompleted();
    const reports = jobs.filter(({ name }) => name === child).map(({ returnvalue }) => returnvalue.outcome);
    expect(reports.filter((outcome) => outcome === 'unfinished').length).toBeGreaterThan(3);
    expect(reports.filter((outcome) => outcome === 'finished')).toHaveLength(1);
  });

  it('waits, without using an attempt, for a process that is at the mailbox, and for Graph', async () => {
    const queue = worked();
    const { _id } = await theMailbox();
    const until = new Date(Date.now() + minuteMs);
    await Mailbox.updateOne({ _id }, { $set: { syncLease: { holder: 'another', until } } });

    const job = await queue.add(child, { mailboxId: _id.toHexString() });
    await expect.poll(() => job.getState()).toBe('delayed');
    const waitMs = (await queue.getJob(job.id ?? ''))?.delay ?? 0;
    await Mailbox.updateOne({ _id }, { $unset: { syncLease: 1 } });
    it365.microsoft.faults.add({ kind: 429, target: 'graph', retryAfterSeconds: 600 });
    await job.promote();
    await expect.poll(async () => (await queue.getJob(job.id ?? ''))?.delay).toBeGreaterThan(9 * minuteMs);

    expect(waitMs).toBeGreaterThan(10_000);
    expect(waitMs).toBeLessThanOrEqual(15_000);
    expect(await queue.getJob(job.id ?? '')).toMatchObject({ attemptsMade: 0 });
    expect((await theMailbox()).syncLease).toBeUndefined();
  });

  it('ends quietly for a mailbox whose owner is deactivated, and for one that is gone', async () => {
    const queue = worked();
    const { _id, userId } = await theMailbox();
    await User.updateOne({ _id: userId }, { isActive: false });
    await Mailbox.updateOne({ _id }, { $set: { nextSyncAt: new Date(0) } });

    const round = await addJob(queue, 'delta-sync');
    const paused = await queue.add(child, { mailboxId: _id.toHexString() });
    const gone = await queue.add(child, { mailboxId: '0123456789abcdef01234567' });
    await expect
      .poll(() => Promise.all([round, paused, gone].map((job) => job.getState())))
      .toEqual(['completed', 'completed', 'completed']);

    const values = await Promise.all([round, paused, gone].map(({ id }) => queue.getJob(id ?? '')));
    expect(values.map((job) => job?.returnvalue)).toMatchObject([
      { mailboxes: 0 },
      { outcome: 'paused' },
      { outcome: 'gone' },
    ]);
    await User.updateOne({ _id: userId }, { isActive: true });
  });
});
