import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Gateway, startGateway } from './gateway/gateway.ts';
import { logTail } from './log-tail.ts';
import { freePort } from './network.ts';
import {
  clusterFolder,
  type ClusterOptions,
  createCluster,
  postgresMarkFile,
  stopGraceMs,
  stopLeftoverPostgres,
} from './postgres-cluster.ts';
import { asPostgresUser, giveToPostgres } from './postgres-user.ts';
import { stopProcess } from './process.ts';
import { makeSocketFolder } from './socket-folder.ts';
import { launchStore, type StoreProcess, StoreStartError, untilReady } from './store-process.ts';

const startTimeoutMs = 60_000;
const postgresPort = 5432;
const maxStarts = 5;

export interface DocumentDbOptions extends ClusterOptions {
  /** Command line of PostgreSQL's server, from the unpacked tree. */
  readonly postgres: readonly string[];
  /** How often expired documents are removed. */
  readonly ttlSeconds: number;
  readonly signal?: AbortSignal;
  readonly log: (line: string) => void;
}

/** DocumentDB behind the gateway, owned by this process. */
export interface DocumentDbServer {
  readonly port: number;
  readonly socketFolder: string;
  readonly logFile: string;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL with DocumentDB on a Unix socket, and the gateway on a free port of 127.0.0.1. Makes the database
 * on first use; stops a PostgreSQL that a killed run left on it. Throws StoreStartError with the end of the log.
 */
export async function startDocumentDb(options: DocumentDbOptions): Promise<DocumentDbServer> {
  mkdirSync(options.dir, { recursive: true });
  await stopLeftoverPostgres(options.dir);
  await createCluster(options);
  const sockets = makeSocketFolder(join(options.dir, 'socket'));
  giveToPostgres(sockets.path);
  const engine = await startEngine(options, sockets.path);
  const gateway = await openGateway(options, engine, sockets.path);
  return {
    port: gateway.port,
    socketFolder: sockets.path,
    logFile: engine.logFile,
    ended: engine.ended,
    stop: async () => {
      await gateway.close();
      await stopProcess(engine.mark, 'SIGINT', stopGraceMs); // "fast": open sessions are ended
      await sockets.remove();
    },
  };
}

/** Starts the gateway, which waits for the engine; gives up when the engine ends, and ends it when it gives up itself. */
async function openGateway(options: DocumentDbOptions, engine: StoreProcess, sockets: string): Promise<Gateway> {
  const engineEnded = new AbortController();
  void engine.ended.then((how) => engineEnded.abort(new StoreStartError(`PostgreSQL ended with ${how}`)));
  const signals = options.signal === undefined ? [] : [options.signal];
  try {
    return await startGateway({
      port: await freePort(),
      pg: { host: sockets, port: postgresPort },
      ttlSeconds: options.ttlSeconds,
      createExtension: true,
      log: options.log,
      signal: AbortSignal.any([engineEnded.signal, ...signals]),
    });
  } catch (cause) {
    await stopProcess(engine.mark, 'SIGINT', stopGraceMs);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreStartError(`The gateway of DocumentDB did not start: ${reason}\n${logTail(engine.logFile)}`, {
      cause,
    });
  }
}

async function startEngine(options: DocumentDbOptions, sockets: string): Promise<StoreProcess> {
  for (let starts = 1; ; starts += 1) {
    const engine = await launchEngine(options, sockets);
    try {
      const isReady = (): boolean => saysReady(options.dir);
      await untilReady(engine, { timeoutMs: startTimeoutMs, signal: options.signal, isReady });
      return engine;
    } catch (error) {
      // sessions of a server that was killed need a moment to notice
      const isLeaving = readFileSync(engine.logFile, 'utf8').includes('shared memory block');
      if (!isLeaving || starts === maxStarts) throw error;
      await delay(500);
    }
  }
}

/** PostgreSQL keeps its state in the eighth line of its lock file (LOCK_FILE_LINE_PM_STATUS). */
function saysReady(dir: string): boolean {
  try {
    const lines = readFileSync(join(clusterFolder(dir), 'postmaster.pid'), 'utf8').split('\n');
    return lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

function launchEngine({ postgres, dir, durable }: DocumentDbOptions, sockets: string): Promise<StoreProcess> {
  const settings = {
    listen_addresses: '',
    port: String(postgresPort),
    unix_socket_directories: sockets,
    // the engine connects back to itself, and there is no TCP listener
    'documentdb.localhost_connection_string': `host=${sockets}`,
    'documentdb.enableBackgroundWorker': 'off',
    'cron.database_name': 'postgres',
    // the gateway's timer does what its jobs would do
    'cron.launch_active_jobs': 'off',
    max_connections: '100',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '256MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return launchStore({
    name: 'PostgreSQL with DocumentDB',
    command: [
      ...asPostgresUser([clusterFolder(dir), ...postgres.slice(0, 1)]),
      ...postgres,
      '-D',
      clusterFolder(dir),
      ...args,
    ],
    cwd: dir,
    logFile: join(dir, 'postgres.log'),
    markFile: postgresMarkFile(dir),
  });
}
