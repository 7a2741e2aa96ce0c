import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type RedisServer, startRedisServer } from '../../local/redis-server.ts';

export interface TestRedis extends RedisServer, AsyncDisposable {}

/** A Redis server of the test file's own, empty, gone with it. `args` go to redis-server as they are. */
export async function startTestRedis(args: readonly string[] = []): Promise<TestRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'msedb-redis-'));
  const server = await startRedisServer({ command: inject('redisCommand'), dir, args });
  return {
    ...server,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
