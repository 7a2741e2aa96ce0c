import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { markFileEnding, stopLeftover } from './mark-file.ts';
import { acceptsConnections, freePort } from './network.ts';
import { stopProcess } from './process.ts';
import { launchStore, untilReady } from './store-process.ts';

const startTimeoutMs = 60_000;
const stopGraceMs = 20_000;

export interface MongodOptions {
  readonly command: readonly string[];
  readonly dir: string;
  /** How often expired documents are looked for. */
  readonly ttlSeconds: number;
  readonly signal?: AbortSignal;
}

/** A mongod on 127.0.0.1, owned by this process. */
export interface MongodServer {
  readonly port: number;
  readonly logFile: string;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Starts a mongod on a free port of 127.0.0.1; one that a killed run left on the folder is stopped first. Throws StoreStartError with the end of its log. */
export async function startMongod({ command, dir, ttlSeconds, signal }: MongodOptions): Promise<MongodServer> {
  const dbpath = join(dir, 'db');
  const markFile = join(dir, `mongod${markFileEnding}`);
  mkdirSync(dbpath, { recursive: true });
  await stopLeftover({ markFile, signal: 'SIGTERM', graceMs: stopGraceMs });
  const port = await freePort();
  const address = ['--bind_ip', '127.0.0.1', '--port', String(port), '--nounixsocket'];
  const settings = ['--dbpath', dbpath, '--setParameter', `ttlMonitorSleepSecs=${ttlSeconds}`];
  const store = await launchStore({
    name: 'mongod',
    command: [...command, ...address, ...settings],
    cwd: dir,
    logFile: join(dir, 'mongod.log'),
    markFile,
  });
  await untilReady(store, { timeoutMs: startTimeoutMs, signal, isReady: () => acceptsConnections(port) });
  return {
    port,
    logFile: store.logFile,
    ended: store.ended,
    stop: () => stopProcess(store.mark, 'SIGTERM', stopGraceMs),
  };
}
