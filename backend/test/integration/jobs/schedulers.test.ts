import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createQueues, closeAllQueues, type Queues } from '../../../src/jobs/queues.ts';
import { scheduledQueueNames, scheduleIn } from '../../../src/jobs/registry.ts';
import { startSchedulerWatchdog } from '../../../src/jobs/scheduler-watchdog.ts';
import { initializeSchedulers, repairSchedulers } from '../../../src/jobs/schedulers.ts';
import { minuteMs } from '../../../src/lib/durations.ts';
import { LogLimiter } from '../../../src/lib/log-limiter.ts';
import { startTestRedis, type TestRedis } from '../../harness/redis.ts';

const inThreeHours = (): number => Date.now() + 3 * 60 * minuteMs;
const logger = { error: vi.fn(), warn: vi.fn(), info: vi.fn(), debug: vi.fn() };

/** The plan's table, written out. */
const plan = {
  'webhook-renewal': { key: 'webhook-renewal-schedule', name: 'renew-webhooks', pattern: '0 */2 * * *', tz: 'UTC' },
  'delta-sync': { key: 'delta-sync-schedule', name: 'run-delta-sync', every: 15 * minuteMs },
  'pattern-analysis': { key: 'pattern-analysis-schedule', name: 'analyze-patterns', pattern: '0 2 * * *', tz: 'UTC' },
  'staging-processor': { key: 'staging-processor-schedule', name: 'process-staging', every: 30 * minuteMs },
  'token-refresh': { key: 'token-refresh-schedule', name: 'refresh-tokens', every: 45 * minuteMs },
};

describe('the schedulers in Redis', () => {
  let server: TestRedis;
  let queues: Queues;
  let redis: Redis;
  beforeAll(async () => {
    server = await startTestRedis();
    redis = new Redis(server.port, '127.0.0.1');
    const settings = { host: '127.0.0.1', port: server.port };
    queues = createQueues({ settings, logger, limiter: new LogLimiter(Date.now) });
    await initializeSchedulers(queues, logger);
  });
  afterAll(async () => {
    await closeAllQueues(queues);
    redis.disconnect();
    await server[Symbol.asyncDispose]();
  });

  const readAll = async () => {
    const lists = scheduledQueueNames.map(async (name) => [name, await queues[name].getJobSchedulers()] as const);
    return Object.fromEntries(await Promise.all(lists));
  };
  const nextRuns = async () =>
    Object.fromEntries(Object.entries(await readAll()).map(([name, [only]]) => [name, only?.next]));

  it('are those of the plan, one a queue', async () => {
    const found = await readAll();

    expect(Object.keys(found).toSorted()).toEqual(Object.keys(plan).toSorted());
    for (const name of scheduledQueueNames) expect(found[name]).toEqual([expect.objectContaining(plan[name])]);
  });

  it('make jobs that are tried three times and do not pile up', async () => {
    for (const name of scheduledQueueNames) {
      const [job] = await queues[name].getJobs(['delayed', 'waiting']);

      expect(job?.name).toBe(plan[name].name);
      expect(job?.opts).toMatchObject({
        attempts: 3,
        backoff: { type: 'exponential', delay: 5_000 },
        removeOnComplete: { age: 3_600, count: 200 },
        removeOnFail: { age: 86_400, count: 1_000 },
      });
    }
  });

  it('stay five, with the same next runs, however often they are registered', async () => {
    const before = await nextRuns();

    await Promise.all(Array.from({ length: 10 }, () => initializeSchedulers(queues, logger)));

    expect(await nextRuns()).toEqual(before);
    for (const schedulers of Object.values(await readAll())) expect(schedulers).toHaveLength(1);
    for (const name of scheduledQueueNames) expect(await queues[name].getJobs(['delayed', 'waiting'])).toHaveLength(1);
  });

  it('are left alone by a watchdog that finds nothing wrong', async () => {
    const before = await nextRuns();

    expect(await repairSchedulers(queues, logger, Date.now)).toEqual([]);

    expect(await nextRuns()).toEqual(before);
  });

  it('analyze at two in the night of the zone that is set, and move when another one is', async () => {
    const inZone = async (timeZone: string) => {
      await initializeSchedulers(queues, logger, scheduleIn(timeZone));
      const [scheduler] = await queues['pattern-analysis'].getJobSchedulers();
      const hour = new Intl.DateTimeFormat('en', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
      return { tz: scheduler?.tz, at: hour.format(scheduler?.next) };
    };

    expect(await inZone('Asia/Kolkata')).toEqual({ tz: 'Asia/Kolkata', at: '02:00' });
    expect(await inZone('America/Phoenix')).toEqual({ tz: 'America/Phoenix', at: '02:00' });
    expect(await queues['pattern-analysis'].getJobs(['delayed', 'waiting'])).toHaveLength(1);
    const definitions = scheduleIn('America/Phoenix');
    expect(await repairSchedulers(queues, logger, Date.now, definitions)).toEqual([]);
    expect(await inZone('UTC')).toEqual({ tz: 'UTC', at: '02:00' });
  });

  it('come back after everything in Redis was lost', async () => {
    await redis.flushall();

    const endWatchdog = startSchedulerWatchdog({ queues, logger, clock: Date.now, intervalMs: 10 });
    await expect.poll(async () => Object.values(await readAll()).flat().length).toBe(5);
    endWatchdog();

    for (const name of scheduledQueueNames) expect(await queues[name].getJobs(['delayed', 'waiting'])).toHaveLength(1);
  });

  it('are restored when a clock that jumped has put their next run too far ahead', async () => {
    const inAYear = Date.now() + 365 * 24 * 60 * minuteMs;
    for (const name of scheduledQueueNames) await redis.zadd(`bull:${name}:repeat`, inAYear, plan[name].key);

    const repaired = await repairSchedulers(queues, logger, Date.now);

    expect(repaired).toEqual(scheduledQueueNames);
    for (const next of Object.values(await nextRuns())) {
      expect(next).toBeLessThanOrEqual(Date.now() + 24 * 60 * minuteMs);
    }
  });

  it('are registered at the start even when a finished job of a clock put back lies in the slot', async () => {
    const queue = queues['pattern-analysis'];
    const [job] = await queue.getJobs(['delayed']);
    await redis.zrem('bull:pattern-analysis:delayed', job?.id ?? '');
    await redis.zadd('bull:pattern-analysis:completed', Date.now(), job?.id ?? '');

    await initializeSchedulers(queues, logger);

    expect(await queue.getJobs(['delayed'])).toHaveLength(1);
    expect(await queue.getJobs(['completed'])).toHaveLength(0);
  });

  it('are restored when the job of an overdue run is gone', async () => {
    const [job] = await queues['webhook-renewal'].getJobs(['delayed']);
    await redis.zrem('bull:webhook-renewal:delayed', job?.id ?? '');
    await redis.del(`bull:webhook-renewal:${job?.id}`);

    const repaired = await repairSchedulers(queues, logger, inThreeHours);

    expect(repaired).toContain('webhook-renewal');
    expect(await queues['webhook-renewal'].getJobs(['delayed', 'waiting'])).toHaveLength(1);
  });
});
