import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findRedisProgram } from './find-redis.ts';
import { markFileEnding, stopLeftover } from './mark-file.ts';
import { answersPing, freePort } from './network.ts';
import { signalProcess, stopProcess } from './process.ts';
import { launchStore, type StoreProcess, StoreStartError, untilReady } from './store-process.ts';

const startTimeoutMs = 60_000;
const stopGraceMs = 10_000;
const portTries = 5;

export interface RedisOptions {
  /** The command line that runs redis-server, as `findRedisServer` gives it. */
  readonly command: readonly string[];
  /** Data, log and process mark; made if missing. One running server a folder. */
  readonly dir: string;
  /** A free one by default. */
  readonly port?: number;
  /** Further arguments; the last word on a setting is the caller's. */
  readonly args?: readonly string[];
  readonly signal?: AbortSignal;
}

/** A redis-server on 127.0.0.1, owned by this process. */
export interface RedisServer {
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** How it ended; resolves when it does. */
  readonly ended: Promise<string>;
  /** Ends it in good order (also a frozen one); it is gone when this resolves. */
  stop(): Promise<void>;
  /** SIGKILL: as a crash. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
}

/**
 * The command line that runs a redis-server of this machine: on PATH, or unpacked from Debian's packages (fetched now if
 * missing). Throws an Error whose message says how to install it elsewhere.
 */
export async function findRedisServer(say: (line: string) => void): Promise<readonly string[]> {
  return (await findRedisProgram(process.env, say)).command;
}

/**
 * Starts a redis-server that never evicts, and waits until it answers PING. One that a killed run left in the folder
 * is stopped first. Without further `args` it persists nothing. Throws StoreStartError with the end of its log.
 */
export async function startRedisServer(options: RedisOptions): Promise<RedisServer> {
  await mkdir(options.dir, { recursive: true });
  await stopLeftover({ markFile: markFile(options.dir), signal: 'SIGTERM', graceMs: stopGraceMs });
  for (let tries = 1; ; tries += 1) {
    const port = options.port ?? (await freePort());
    try {
      return await startOnPort(options, port);
    } catch (error) {
      const isRaceForPort = options.port === undefined && (await lostItsPort(options.dir));
      if (!(error instanceof StoreStartError) || !isRaceForPort || tries === portTries) throw error;
    }
  }
}

async function startOnPort({ command, dir, args = [], signal }: RedisOptions, port: number): Promise<RedisServer> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--maxmemory-policy', 'noeviction'];
  const store = await launchStore({
    name: 'redis-server',
    command: [...command, ...settings, '--save', '', '--appendonly', 'no', '--daemonize', 'no', ...args],
    cwd: dir,
    logFile: logFile(dir),
    markFile: markFile(dir),
  });
  await untilReady(store, { timeoutMs: startTimeoutMs, signal, isReady: () => answersPing(port) });
  return control(store, port);
}

function control(store: StoreProcess, port: number): RedisServer {
  return {
    port,
    pid: store.mark.pid,
    logFile: store.logFile,
    ended: store.ended,
    stop: async () => {
      signalProcess(store.mark, 'SIGCONT');
      await stopProcess(store.mark, 'SIGTERM', stopGraceMs);
      await store.ended;
    },
    kill: async () => {
      signalProcess(store.mark, 'SIGKILL');
      await store.ended;
    },
    freeze: () => signalProcess(store.mark, 'SIGSTOP'),
    thaw: () => signalProcess(store.mark, 'SIGCONT'),
  };
}

/** Names the Redis that runs, or ran, in this folder. */
function markFile(dir: string): string {
  return join(dir, `redis${markFileEnding}`);
}

function logFile(dir: string): string {
  return join(dir, 'redis.log');
}

/** Another process took the free port between its choice and its use. */
async function lostItsPort(dir: string): Promise<boolean> {
  return (await readFile(logFile(dir), 'utf8')).includes('Address already in use');
}
