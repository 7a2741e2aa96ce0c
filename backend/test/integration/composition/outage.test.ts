import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mostLinesInASecond } from '../../harness/log-rate.ts';
import type { ServiceProcess } from '../../harness/service-process.ts';
import { addJob } from '../../harness/service.ts';
import { ProxiedStores } from '../../harness/stores.ts';

describe('while the service runs', () => {
  let stores: ProxiedStores;
  let service: ServiceProcess;
  let queue: Queue;
  beforeAll(async () => {
    stores = await ProxiedStores.start();
    service = await stores.launchReady();
    queue = new Queue('delta-sync', { connection: { host: '127.0.0.1', port: stores.redisServer.port } });
  });
  afterEach(async () => {
    stores.mongo.restore();
    stores.redis.restore();
    await service.untilHealth(200);
  });
  afterAll(async () => {
    await queue.close();
    await stores[Symbol.asyncDispose]();
  });

  it('the loss of MongoDB shows in health and in the log, and so does its return', async () => {
    stores.mongo.cut();

    await service.untilHealth(503);
    await service.untilLogged(/"warn","message":"MongoDB connection lost/);
    stores.mongo.restore();

    await service.untilLogged(/"info","message":"MongoDB reconnected"/);
    expect(await service.untilHealth(200)).toBe(200);
  });

  it.each(['mongo', 'redis'] as const)(
    'a %s that swallows every byte shows in health, which itself answers',
    async (store) => {
      stores[store].swallow();

      await service.untilHealth(503);
      const report: unknown = await (await fetch(`${service.url}/health`)).json();

      const name = store === 'mongo' ? 'mongodb' : store;
      expect(report).toMatchObject({ status: 'degraded', services: { [name]: { state: 'down' } } });
      expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
    },
  );

  it('a Redis that is away crashes nothing, floods no log, and jobs flow again on its return', async () => {
    stores.redis.cut();
    await service.untilHealth(503);
    await service.untilLogged(/"warn","message":"Worker connection error".*"suppressed":/);
    stores.redis.restore();

    const job = await addJob(queue, 'delta-sync');

    await expect.poll(() => job.getState()).toBe('completed');
    const complaints = service.lines.filter((line) => line.includes('connection error'));
    expect(complaints).not.toEqual([]);
    expect(mostLinesInASecond(complaints)).toBeLessThanOrEqual(50);
  });

  it('a Redis that is full floods no log, and jobs flow again once there is room', async () => {
    const client = new Redis(stores.redisServer.port, '127.0.0.1');
    const linesBefore = service.lines.length;
    await client.config('SET', 'maxmemory', '1');
    await service.untilLogged(/OOM command not allowed/);
    await service.untilLogged(/OOM command not allowed.*"suppressed":/);

    await client.config('SET', 'maxmemory', '0');
    client.disconnect();
    const job = await addJob(queue, 'delta-sync');

    await expect.poll(() => job.getState()).toBe('completed');
    const complaints = service.lines.slice(linesBefore).filter((line) => line.includes('OOM'));
    expect(mostLinesInASecond(complaints)).toBeLessThanOrEqual(50);
  });
});
