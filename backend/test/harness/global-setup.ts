import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { findRedisServer } from '../../local/redis-server.ts';
import { startStores } from '../../local/stores.ts';
import { makeTestDir, removeStaleTestDirs } from '../../local/test-dirs.ts';
import './provided.ts';

const run = promisify(execFile);
const say = (line: string): unknown => process.stdout.write(`${line}\n`);

/** Starts the stores of this run; each test file takes a database and a Redis of its own on them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await run('npm', ['run', '--silent', 'bundle']); // the tests start the built service
  await removeStaleTestDirs();
  const { dataDir, remove } = await makeTestDir();
  const stores = await startStores({ dataDir, durable: false, ttlSeconds: 1, say });
  project.provide('mongoUri', stores.mongoUri);
  project.provide('redisCommand', stores.redisCommand ?? (await findRedisServer(say)));
  project.provide('pgSocketFolder', stores.pgSocketFolder);
  return async () => {
    await stores.stop();
    await remove();
  };
}
