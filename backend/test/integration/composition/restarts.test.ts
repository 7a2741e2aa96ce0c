import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scheduledQueueNames } from '../../../src/jobs/registry.ts';
import { ProxiedStores } from '../../harness/stores.ts';

describe('the five schedulers', () => {
  let stores: ProxiedStores;
  let queues: Queue[];
  beforeAll(async () => {
    stores = await ProxiedStores.start();
    queues = scheduledQueueNames.map(
      (name) => new Queue(name, { connection: { host: '127.0.0.1', port: stores.redisServer.port } }),
    );
  });
  afterAll(async () => {
    await Promise.all(queues.map((queue) => queue.close()));
    await stores[Symbol.asyncDispose]();
  });

  const schedulers = async () => (await Promise.all(queues.map((queue) => queue.getJobSchedulers()))).flat();
  const nextRuns = async () => {
    const jobs = await Promise.all(queues.map((queue) => queue.getJobs(['delayed', 'waiting', 'prioritized'])));
    return jobs.map((list) => list.length);
  };

  it('stay five, with five next runs, over ten starts that each end in kill -9', async () => {
    for (let start = 0; start < 10; start += 1) {
      const service = await stores.launchReady();
      service.signal('SIGKILL');
      await service.exited();
    }

    expect(await schedulers()).toHaveLength(5);
    expect(await nextRuns()).toEqual([1, 1, 1, 1, 1]);
  });

  it('stay five, with five next runs, when two processes share the Redis', async () => {
    await Promise.all([stores.launchReady(), stores.launchReady()]);

    expect(await schedulers()).toHaveLength(5);
    await expect.poll(nextRuns).toEqual([1, 1, 1, 1, 1]);
  });
});
