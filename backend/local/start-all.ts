import { join } from 'node:path';
import { startDocumentDb } from './documentdb-server.ts';
import type { ReadyReport, StartOrder } from './host-messages.ts';
import { logTail } from './log-tail.ts';
import { startMongod } from './mongod-server.ts';
import { startRedisServer } from './redis-server.ts';

/** The database that the backend's URI names. */
const databaseName = 'msedb';

export interface StoreHooks {
  /** Aborts the waiting for a store. */
  readonly signal: AbortSignal;
  /** Takes what stops a store, as soon as it runs. */
  readonly release: (step: () => Promise<void>) => void;
  /** Told when a store ends by itself. */
  readonly lost: (message: string) => void;
}

/** Starts the stores of an order side by side; given ones are passed through. Throws StoreStartError. */
export async function startAll(order: StartOrder, hooks: StoreHooks): Promise<ReadyReport> {
  const [mongo, redis] = await Promise.allSettled([startMongo(order, hooks), startRedis(order, hooks)]);
  if (mongo.status === 'rejected') throw mongo.reason;
  if (redis.status === 'rejected') throw redis.reason;
  return { type: 'ready', ...mongo.value, redis: redis.value };
}

type MongoFacts = Pick<ReadyReport, 'mongoUri' | 'pgSocketFolder'>;

async function startMongo(order: StartOrder, hooks: StoreHooks): Promise<MongoFacts> {
  const { mongo, dataDir, ttlSeconds, durable } = order;
  if (mongo.kind === 'given') return { mongoUri: mongo.uri };
  if (mongo.kind === 'mongod') {
    const server = await startMongod({
      command: mongo.command,
      dir: join(dataDir, 'mongod'),
      ttlSeconds,
      signal: hooks.signal,
    });
    watch('mongod', server, hooks);
    return { mongoUri: localUri(server.port) };
  }
  const server = await startDocumentDb({
    ...mongo,
    dir: join(dataDir, 'documentdb'),
    durable,
    ttlSeconds,
    signal: hooks.signal,
    log: (line) => console.log(`gateway: ${line}`),
  });
  watch('DocumentDB', server, hooks);
  return { mongoUri: localUri(server.port), pgSocketFolder: server.socketFolder };
}

async function startRedis(order: StartOrder, hooks: StoreHooks): Promise<ReadyReport['redis']> {
  const { redis, dataDir, durable } = order;
  if (redis.kind === 'given') return { host: redis.host, port: redis.port, password: redis.password };
  const server = await startRedisServer({
    command: redis.command,
    dir: join(dataDir, 'redis'),
    args: durable ? ['--appendonly', 'yes'] : [],
    signal: hooks.signal,
  });
  watch('redis-server', server, hooks);
  return { host: '127.0.0.1', port: server.port };
}

interface Watched {
  readonly ended: Promise<string>;
  readonly logFile: string;
  stop(): Promise<void>;
}

function watch(name: string, server: Watched, { release, lost }: StoreHooks): void {
  release(() => server.stop());
  void server.ended.then((how) => lost(`${name} ended by itself (${how})\n${logTail(server.logFile)}`));
}

function localUri(port: number): string {
  return `mongodb://127.0.0.1:${port}/${databaseName}`;
}
