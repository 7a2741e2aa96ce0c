import { Worker } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { webhookRenewalProcessor, type WebhookRenewalDeps } from '../../../../src/jobs/processors/webhook-renewal.ts';
import { addMailboxJob } from '../../../../src/jobs/mailbox-jobs.ts';
import { createQueues, type Queues } from '../../../../src/jobs/queues.ts';
import { registry } from '../../../../src/jobs/registry.ts';
import { LogLimiter } from '../../../../src/lib/log-limiter.ts';
import { createLogger } from '../../../../src/lib/logger.ts';
import { Mailbox, User } from '../../../../src/models/index.ts';
import { startTestRedis, type TestRedis } from '../../../harness/redis.ts';
import { SubscriptionFixture } from './subscription-fixture.ts';
import { untilPasses } from '../../../harness/until-passes.ts';

const name = 'webhook-renewal';
const definition = registry[name];
const logger = createLogger({ level: 'error', style: 'readable' });

let fixture: SubscriptionFixture;
let redis: TestRedis;
let queues: Queues;
beforeAll(async () => {
  [fixture, redis] = await Promise.all([SubscriptionFixture.start(), startTestRedis()]);
  const settings = { host: '127.0.0.1', port: redis.port };
  queues = createQueues({ settings, logger, limiter: new LogLimiter(Date.now) });
});
beforeEach(async () => {
  await queues[name].obliterate({ force: true });
  await Mailbox.deleteMany({});
});
afterEach(() => fixture.entra.emulator.faults.clear());
afterAll(async () => {
  await Promise.all(Object.values(queues).map((queue) => queue.close()));
  await redis[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
});

/** Does what waits on the queue. @returns when no job is waiting or active any more */
async function work(more: Partial<WebhookRenewalDeps> = {}): Promise<void> {
  const deps = { ...fixture.deps(), queue: queues[name], logger, spreadMs: 0, ...more };
  const connection = { host: '127.0.0.1', port: redis.port, maxRetriesPerRequest: null };
  const worker = new Worker(name, webhookRenewalProcessor(deps), { connection, concurrency: 5 });
  await untilPasses(async () => {
    expect(await queues[name].getJobCountByTypes('waiting', 'active')).toBe(0);
  });
  await worker.close();
}

const results = async () => (await queues[name].getJobs('completed')).map(({ returnvalue }) => returnvalue);
const addRound = () => queues[name].add(definition.jobName, {});
const addOne = (mailboxId: string) => addMailboxJob({ queue: queues[name], definition, mailboxId });

describe('webhook-renewal', () => {
  it('looks after every connected mailbox of an active user', async () => {
    const mailboxes = [
      await fixture.mailbox(),
      await fixture.mailbox(),
      await fixture.mailbox(),
      await fixture.mailbox(),
    ];
    const [one, two, disconnected, ofInactive] = mailboxes;
    await Mailbox.updateOne({ _id: disconnected?.mailboxId }, { $set: { isConnected: false } });
    await User.updateOne({ _id: ofInactive?.userId }, { $set: { isActive: false } });
    await addRound();

    await work();

    expect(await results()).toEqual(
      expect.arrayContaining([{ mailboxes: 2 }, { outcome: 'created' }, { outcome: 'created' }]),
    );
    expect([one, two, disconnected, ofInactive].map((mailbox) => mailbox?.atGraph().length)).toEqual([1, 1, 0, 0]);
  });

  it('makes no subscriptions without a public address, and says so once', async () => {
    const mailbox = await fixture.mailbox();
    const info = vi.spyOn(logger, 'info');
    await addRound();
    await addOne(mailbox.id);
    await addRound();

    await work({ publicUrl: undefined });

    expect(info.mock.calls).toEqual([['No public URL is configured: changes are found by synchronization only']]);
    expect(mailbox.atGraph()).toEqual([]);
    expect(await mailbox.row()).toBeNull();
  });

  it('ends quietly for a mailbox that must be connected again, is paused, or is gone', async () => {
    const [dead, paused, gone] = [await fixture.mailbox(), await fixture.mailbox(), await fixture.mailbox()];
    const { grants, people } = fixture.entra.emulator;
    grants.revoke(people.get(dead.email), 'invalid_grant');
    grants.expireAccessTokens(people.get(dead.email));
    await User.updateOne({ _id: paused.userId }, { $set: { isActive: false } });
    await Mailbox.deleteOne({ _id: gone.mailboxId });
    for (const { id } of [dead, paused, gone]) await addOne(id);

    await work();

    expect(await queues[name].getFailedCount()).toBe(0);
    const outcomes = ['disconnected', 'not_connected', 'paused'].map((outcome) => ({ outcome }));
    expect(await results()).toEqual(expect.arrayContaining(outcomes));
  });

  it('comes back when Graph wants the mailbox left alone for long, without using an attempt', async () => {
    const mailbox = await fixture.mailbox();
    fixture.entra.emulator.faults.add({ kind: 429, path: '/subscriptions', retryAfterSeconds: 600 });
    await addOne(mailbox.id);

    await work();

    const [job] = await queues[name].getJobs('delayed');
    expect(job?.attemptsMade).toBe(0);
    expect(job?.delay).toBeGreaterThan(500_000);
  });

  it('tries again what Graph fails at', async () => {
    const mailbox = await fixture.mailbox();
    fixture.entra.emulator.faults.add({ kind: 503, method: 'POST', path: '/subscriptions' });
    await addOne(mailbox.id);

    await work();

    const [job] = await queues[name].getJobs('delayed');
    expect(job?.attemptsMade).toBe(1);
    expect(await mailbox.row()).toMatchObject({ errorCount: 0, status: 'expired' });
  });
});
