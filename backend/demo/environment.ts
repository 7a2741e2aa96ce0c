import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type LivelyEmulator, startLivelyEmulator } from '../emulator/lively.ts';
import { daysOfMail } from '../emulator/lively-correspondents.ts';
import { isHealthy, startBackend } from '../local/backend-process.ts';
import { logTail } from '../local/log-tail.ts';
import { freePort } from '../local/network.ts';
import { localRoot } from '../local/paths.ts';
import { markOf, stopProcess } from '../local/process.ts';
import { type RunningStores, startStores } from '../local/stores.ts';
import { makeTestDir, removeStaleTestDirs } from '../local/test-dirs.ts';
import { eventually } from './eventually.ts';

const stopLimitMs = 30_000;

/** Everything the story needs, running. */
export interface DemoEnvironment extends LivelyEmulator {
  /** Where the backend listens. */
  readonly url: string;
  readonly stores: RunningStores;
  readonly folder: string;
}

/** What the demo does not leave to the environment, or to an .env file. */
const settings = {
  ROLE: 'all',
  NODE_ENV: 'development',
  LOG_LEVEL: 'info',
  SYNC_SINCE_DAYS: String(daysOfMail),
  SYNC_PAGE_SIZE: '',
  ANALYSIS_TIMEZONE: '',
  PATTERN_HALF_LIFE_DAYS: '',
  STAGING_HOURS: '',
  UNDO_DAYS: '',
  MICROSOFT_TENANT_ID: '',
  TRUST_PROXY: '',
} as const;

interface EnvironmentOptions {
  /** Where the backend is to listen; otherwise on a free port. */
  readonly port: string | undefined;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Told when the backend ends by itself. */
  readonly lost: (error: Error) => void;
}

/** What is to be undone when the demo ends, the last first. */
type Releases = (() => Promise<void> | void)[];

/**
 * Starts stores, a Microsoft 365 and the backend; nothing of them outlives `work`.
 * @throws what `work` throws; Error meant for the user when something does not start, with the end of its log
 */
export async function withEnvironment<T>(
  options: EnvironmentOptions,
  work: (environment: DemoEnvironment) => Promise<T>,
): Promise<T> {
  const releases: Releases = [];
  try {
    return await work(await setUpEnvironment(options, releases));
  } finally {
    for (const release of releases.toReversed()) await release();
  }
}

async function setUpEnvironment(
  { port, say, signal, lost }: EnvironmentOptions,
  releases: Releases,
): Promise<DemoEnvironment> {
  const root = join(localRoot, 'demo');
  await removeStaleTestDirs(root);
  const { dataDir: folder, remove } = await makeTestDir(root);
  releases.push(remove);
  // never stores that others use: what the demo writes is no use to anybody
  const env = { ...process.env, MONGODB_URI: undefined, REDIS_HOST: undefined };
  const stores = await startStores({ dataDir: folder, durable: false, env, say, signal });
  releases.push(() => stores.stop());
  const lively = await startLivelyEmulator({ port: 0 });
  releases.push(() => lively.emulator.close());
  const backend = { stores, port: port ?? String(await freePort()), emulator: lively.emulator, folder, signal, lost };
  return { ...lively, stores, folder, url: await openBackend(backend, releases) };
}

/** Where the backend of a stage writes its log. */
export function backendLog(folder: string): string {
  return join(folder, 'backend.log');
}

interface BackendPlan {
  readonly stores: RunningStores;
  readonly port: string;
  readonly emulator: LivelyEmulator['emulator'];
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly lost: (error: Error) => void;
}

/** @returns where it listens, once it is healthy */
async function openBackend(plan: BackendPlan, releases: Releases): Promise<string> {
  const { stores, port, emulator, folder, signal, lost } = plan;
  const output = openSync(backendLog(folder), 'w');
  const backend = startBackend({ stores, port, emulator, settings, output });
  closeSync(output);
  const mark = backend.pid === undefined ? undefined : markOf(backend.pid);
  let isLeaving = false;
  if (mark !== undefined) stores.guard(mark.pid);
  releases.push(async () => {
    isLeaving = true;
    if (mark !== undefined) await stopProcess(mark, 'SIGTERM', stopLimitMs);
  });
  backend.once('exit', (code) => {
    if (!isLeaving) lost(new Error(`the backend ended by itself (code ${code})\n${logTail(backendLog(folder))}`));
  });
  const url = `http://localhost:${port}`;
  const healthy = async (): Promise<true | undefined> => ((await isHealthy(url)) ? true : undefined);
  await eventually('the backend is healthy', healthy, { signal });
  return url;
}
