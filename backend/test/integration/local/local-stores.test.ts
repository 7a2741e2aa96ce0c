import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { afterEach, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { hostOf } from '../../../local/claim.ts';
import { markFileEnding, readJsonFile } from '../../../local/mark-file.ts';
import { answersPing } from '../../../local/network.ts';
import { backendRoot } from '../../../local/paths.ts';
import { isAlive, type ProcessMark, processMark, signalProcess, waitUntil } from '../../../local/process.ts';
import { startRedisServer } from '../../../local/redis-server.ts';
import { type RunningStores, startStores } from '../../../local/stores.ts';
import { makeTestDir, type TestDir } from '../../../local/test-dirs.ts';
import '../../harness/provided.ts';

/** Stores of their own, whatever stores the rest of this run was given. */
const env = { PATH: process.env['PATH'] };
const limitMs = 60_000;

let folder: TestDir;
let running: RunningStores[];

beforeEach(async () => {
  folder = await makeTestDir();
  running = [];
});

afterEach(async () => {
  for (const stores of running) await stores.stop();
  await folder.remove();
});

async function start(dataDir: string, durable: boolean): Promise<RunningStores> {
  const stores = await startStores({ dataDir, durable, env, say: () => undefined });
  running.push(stores);
  return stores;
}

/** The processes behind the stores of a data folder: the host and each store's own. */
function processesOf(dataDir: string): ProcessMark[] {
  const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' });
  const markFiles = files.filter((file) => file.endsWith(markFileEnding));
  const marks = markFiles.map((file) => readJsonFile(join(dataDir, file), processMark));
  return [hostOf(dataDir), ...marks].filter((mark) => mark !== undefined);
}

async function withClients(
  stores: RunningStores,
  work: (notes: mongoose.mongo.Collection, redis: Redis) => Promise<void>,
): Promise<void> {
  const connection = await mongoose.createConnection(stores.mongoUri).asPromise();
  const redis = new Redis(stores.redis.port, stores.redis.host);
  try {
    await work(connection.collection('notes'), redis);
  } finally {
    redis.disconnect();
    await connection.close();
  }
}

describe('stores of our own', () => {
  it('end when their owner is killed', async () => {
    const script = join(import.meta.dirname, 'local-stores-owner.ts');
    const owner = spawn(process.execPath, ['--import', 'tsx', script, folder.dataDir], { cwd: backendRoot });
    onTestFinished(() => void owner.kill('SIGKILL'));
    const exited = once(owner, 'exit');
    await once(owner.stdout, 'data');
    const processes = processesOf(folder.dataDir);

    owner.kill('SIGKILL');
    await exited;

    expect(processes.length).toBe(3);
    const areGone = await waitUntil(() => processes.every((mark) => !isAlive(mark)), { timeoutMs: limitMs });
    expect(areGone).toBe(true);
  });

  it('keep their data when their host is killed, and the next start clears what it left', async () => {
    const first = await start(folder.dataDir, true);
    await withClients(first, async (notes, redis) => {
      await notes.insertOne({ text: 'kept' });
      await redis.set('note', 'kept');
    });
    const [host, ...stores] = processesOf(folder.dataDir);
    if (host === undefined) throw new Error('the stores have no host');
    await killed(host);
    expect(stores.map((mark) => isAlive(mark))).toEqual([true, true]);

    const second = await start(folder.dataDir, true);

    expect(stores.map((mark) => isAlive(mark))).toEqual([false, false]);
    await withClients(second, async (notes, redis) => {
      expect(await notes.find({}, { projection: { _id: 0 } }).toArray()).toEqual([{ text: 'kept' }]);
      expect(await redis.get('note')).toBe('kept');
    });
  });

  it('run side by side in different folders', async () => {
    const [one, other] = await Promise.all(['one', 'other'].map((name) => start(join(folder.dataDir, name), false)));

    expect(one?.mongoUri).not.toBe(other?.mongoUri);
    expect(one?.redis.port).not.toBe(other?.redis.port);
  });

  it('are refused to a second user of their folder, with the number of the first', async () => {
    await start(folder.dataDir, false);

    await expect(start(folder.dataDir, false)).rejects.toThrow(`in use by process ${process.pid}`);
  });

  it('never evict, and are gone after a stop', async () => {
    const stores = await start(folder.dataDir, false);
    const processes = processesOf(folder.dataDir);
    await withClients(stores, async (_notes, redis) => {
      expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    });

    await stores.stop();

    expect(processes.filter((mark) => isAlive(mark))).toEqual([]);
  });
});

async function killed(mark: ProcessMark): Promise<void> {
  signalProcess(mark, 'SIGKILL');
  await waitUntil(() => !isAlive(mark), { timeoutMs: limitMs });
}

describe('a redis-server of its own', () => {
  const command = inject('redisCommand');

  it('shows the last lines of its log when it does not start', async () => {
    const attempt = startRedisServer({ command, dir: folder.dataDir, args: ['--no-such-setting', 'yes'] });

    await expect(attempt).rejects.toThrow(/did not start: it ended with code 1\n {2}last lines of [^]*no-such-setting/);
  });

  it('says so when the program cannot be run', async () => {
    const attempt = startRedisServer({ command: ['/no/such/redis-server'], dir: folder.dataDir });

    await expect(attempt).rejects.toThrow('redis-server cannot be run');
  });

  it('can be frozen, thawed, killed and started again on its port', async () => {
    const redis = await startRedisServer({ command, dir: folder.dataDir });
    onTestFinished(() => redis.stop());

    redis.freeze();
    expect(await answersPing(redis.port)).toBe(false);
    redis.thaw();
    await expect.poll(() => answersPing(redis.port)).toBe(true);
    await redis.kill();
    expect(await answersPing(redis.port)).toBe(false);

    const again = await startRedisServer({ command, dir: folder.dataDir, port: redis.port });
    onTestFinished(() => again.stop());
    expect(again.port).toBe(redis.port);
    again.freeze();
    await again.stop();
    expect(await answersPing(redis.port)).toBe(false);
  });
});
