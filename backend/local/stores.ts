import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeChoice, type RedisSource } from './discovery.ts';
import { findMongo } from './find-mongo.ts';
import { findRedis } from './find-redis.ts';
import { type HostOrder, hostReport, type ReadyReport, type StartOrder } from './host-messages.ts';
import { logTail } from './log-tail.ts';
import { backendRoot } from './paths.ts';

const defaultTtlSeconds = 60;
const stopLimitMs = 60_000;

export interface StoresOptions {
  /** Data and logs; one user at a time. */
  readonly dataDir: string;
  /** True: data outlives a crash, but for Redis's last second. False: faster, for tests; Redis keeps nothing. */
  readonly durable: boolean;
  /** How often expired documents are looked for: 60 s as in MongoDB, unless told. */
  readonly ttlSeconds?: number;
  /** Where MONGODB_URI, REDIS_HOST and PATH are read. */
  readonly env?: NodeJS.ProcessEnv;
  /** Progress, and later the news that a store ended by itself. */
  readonly say: (line: string) => void;
  /** Aborted: what has been started is stopped again, and starting fails. */
  readonly signal?: AbortSignal;
}

/** Stores that run until stop() is called, or until this process ends in whatever way. */
export interface RunningStores {
  readonly mongoUri: string;
  readonly redis: { readonly host: string; readonly port: number; readonly password?: string | undefined };
  /** Which stores were chosen, in one line. */
  readonly choice: string;
  /** The folder of PostgreSQL's socket, when MongoDB is DocumentDB. */
  readonly pgSocketFolder?: string | undefined;
  /** Runs a further redis-server; undefined when Redis was given: findRedisServer looks for one then. */
  readonly redisCommand?: readonly string[] | undefined;
  /** A process that is to be ended before the stores if this one dies. */
  guard(pid: number): void;
  stop(): Promise<void>;
}

/**
 * Finds MongoDB and Redis, installs what is missing, and starts them in a process of their own. Says the choice in one
 * line. Throws an Error whose message is meant for the user: what could not be had or started, and what to do.
 */
export async function startStores(options: StoresOptions): Promise<RunningStores> {
  const { durable, say, env = process.env, ttlSeconds = defaultTtlSeconds, signal } = options;
  const dataDir = resolve(options.dataDir);
  const mongo = await findMongo(env, say);
  const redis = await findRedis(env, say);
  const choice = describeChoice(mongo, redis);
  say(choice);
  signal?.throwIfAborted();
  const logFile = join(dataDir, 'store-host.log');
  const host = startHost(dataDir, logFile);
  const giveUp = (): void => void stopHost(host);
  signal?.addEventListener('abort', giveUp);
  const ready = await startUnder(host, { type: 'start', dataDir, durable, ttlSeconds, mongo, redis }, logFile)
    .catch(async (error: unknown) => {
      await stopHost(host);
      throw signal?.aborted === true ? signal.reason : error;
    })
    .finally(() => signal?.removeEventListener('abort', giveUp));
  watchHost(host, logFile, say);
  return {
    mongoUri: ready.mongoUri,
    redis: ready.redis,
    choice,
    pgSocketFolder: ready.pgSocketFolder,
    redisCommand: commandOf(redis),
    guard: (pid) => send(host, { type: 'guard', pid }),
    stop: () => stopHost(host),
  };
}

function commandOf(redis: RedisSource): readonly string[] | undefined {
  return redis.kind === 'redis-server' ? redis.command : undefined;
}

function startHost(dataDir: string, logFile: string): ChildProcess {
  mkdirSync(dataDir, { recursive: true });
  const log = openSync(logFile, 'a');
  const host = fork(join(import.meta.dirname, 'store-host.ts'), [], {
    cwd: backendRoot,
    detached: true,
    env: { ...process.env, NODE_OPTIONS: undefined },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  return host;
}

function startUnder(host: ChildProcess, order: StartOrder, logFile: string): Promise<ReadyReport> {
  send(host, order);
  return new Promise((done, reject) => {
    host.once('exit', () =>
      reject(new Error(`The process of the stores ended while they started\n${logTail(logFile)}`)),
    );
    host.once('error', reject);
    host.once('message', (message) => {
      const report = hostReport.parse(message);
      if (report.type === 'ready') done(report);
      else reject(new Error(report.message));
    });
  });
}

/** Passes on bad news, and lets this process end by itself: the host sees that and stops the stores. */
function watchHost(host: ChildProcess, logFile: string, say: (line: string) => void): void {
  host.on('message', (message) => {
    const report = hostReport.parse(message);
    if (report.type === 'lost') say(report.message);
  });
  host.once('exit', (_code, signal) => {
    if (signal !== null) say(`The process of the stores was ended (${signal}); start again\n${logTail(logFile)}`);
  });
  host.unref();
  host.channel?.unref();
}

/** A host that is ending does not hear it any more; whoever needs to know waits for its end. */
function send(host: ChildProcess, order: HostOrder): void {
  if (host.connected) host.send(order, () => undefined);
}

async function stopHost(host: ChildProcess): Promise<void> {
  if (host.exitCode !== null || host.signalCode !== null) return;
  host.ref();
  const exited = once(host, 'exit');
  const limit = setTimeout(() => host.kill('SIGKILL'), stopLimitMs);
  send(host, { type: 'stop' });
  await exited;
  clearTimeout(limit);
}
