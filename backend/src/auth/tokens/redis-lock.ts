import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { randomId } from '../../lib/crypto.ts';
import type { WithLock } from './access-tokens.ts';
import { TryLaterError } from '../errors.ts';

/** A frozen Redis answers nothing, and a command to one that is away can wait for long. */
const commandLimitMs = 1_500;
const waitLimitMs = 25_000;

/** Only the holder may release: after its time to live the lock may be another's. */
const releaseScript = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0`;

/**
 * A lock that holds across processes. Work must end within the lock's time to live: it is not prolonged.
 * @throws TryLaterError (from the lock) when Redis is away, or another holder keeps it for more than 25 s
 */
export function createRedisLock(redis: Redis): WithLock {
  return async (name, ttlMs, work) => {
    const key = `lock:${name}`;
    const token = randomId();
    await acquire(redis, { key, token, ttlMs });
    try {
      return await work();
    } finally {
      // A lock that cannot be released now ends by itself.
      await ask(redis.eval(releaseScript, 1, key, token)).catch(() => undefined);
    }
  };
}

interface LockRequest {
  readonly key: string;
  readonly token: string;
  readonly ttlMs: number;
}

async function acquire(redis: Redis, { key, token, ttlMs }: LockRequest): Promise<void> {
  const giveUpAt = performance.now() + waitLimitMs;
  while ((await ask(redis.set(key, token, 'PX', ttlMs, 'NX'))) !== 'OK') {
    if (performance.now() > giveUpAt) throw new TryLaterError('lock_busy');
    await delay(50 + Math.random() * 100);
  }
}

async function ask<T>(answer: Promise<T>): Promise<T> {
  try {
    return await pTimeout(answer, { milliseconds: commandLimitMs });
  } catch {
    throw new TryLaterError('lock_unavailable');
  }
}
