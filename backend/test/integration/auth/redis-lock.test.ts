import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedisLock } from '../../../src/auth/tokens/redis-lock.ts';
import { startTestRedis, type TestRedis } from '../../harness/redis.ts';

let server: TestRedis;
const clients: Redis[] = [];

/** A lock as another process would have it: with a connection of its own. */
function processLock(port = server.port) {
  const redis = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: 1, lazyConnect: true });
  redis.on('error', () => undefined);
  clients.push(redis);
  return { redis, withLock: createRedisLock(redis) };
}

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server[Symbol.asyncDispose]();
});

describe('the lock', () => {
  it('lets one holder work at a time, across connections', async () => {
    const locks = [processLock(), processLock(), processLock()];
    let holders = 0;
    let most = 0;
    const work = async () => {
      holders += 1;
      most = Math.max(most, holders);
      await delay(20);
      holders -= 1;
    };

    await Promise.all(locks.flatMap(({ withLock }) => [1, 2, 3].map(() => withLock('one', 5_000, work))));

    expect(most).toBe(1);
  });

  it('keeps apart what has different names', async () => {
    const { withLock } = processLock();

    const result = await withLock('a', 5_000, () => withLock('b', 5_000, async () => 'both'));

    expect(result).toBe('both');
  });

  it('is released when the work fails, and hands the failure on', async () => {
    const { withLock, redis } = processLock();

    await expect(withLock('failing', 5_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');

    expect(await redis.exists('lock:failing')).toBe(0);
  });

  it('passes to the next when its holder dies, after its time to live', async () => {
    const { withLock, redis } = processLock();
    await redis.set('lock:dead', 'somebody who is gone', 'PX', 300, 'NX');

    expect(await withLock('dead', 5_000, async () => 'mine')).toBe('mine');
  });

  it('is not taken from its next holder by one who was too slow', async () => {
    const { withLock, redis } = processLock();

    await withLock('slow', 5_000, async () => {
      await redis.set('lock:slow', 'the next holder', 'PX', 5_000);
    });

    expect(await redis.get('lock:slow')).toBe('the next holder');
  });

  it('says "try later" when Redis is away, within seconds and without doing the work', async () => {
    const away = await startTestRedis();
    const { withLock, redis } = processLock(away.port);
    await redis.ping();
    await away[Symbol.asyncDispose]();
    let worked = false;

    const attempt = withLock('away', 5_000, async () => {
      worked = true;
    });

    await expect(attempt).rejects.toMatchObject({ status: 503, code: 'try_later', reason: 'lock_unavailable' });
    expect(worked).toBe(false);
  });
});
