import { relative } from 'node:path';
import type { Emulator } from '../emulator/emulator.ts';
import { furnishedPeople } from '../emulator/furnished.ts';
import { isHealthy } from './backend-process.ts';
import { waitUntil } from './process.ts';
import type { RunningStores } from './stores.ts';

const slowStartMs = 30_000;

/** The parts that run with the backend. */
export interface RunningParts {
  readonly stores: RunningStores;
  readonly port: string;
  readonly emulator: Emulator | undefined;
  readonly dataDir: string;
}

interface Announcement extends RunningParts {
  readonly isWanted: () => boolean;
}

/** Waits until the backend is healthy, and says where it listens and what to try. */
export async function announce({ stores, port, emulator, dataDir, isWanted }: Announcement): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  const isSettled = async (): Promise<boolean> => !isWanted() || (await isHealthy(url));
  if (!(await waitUntil(isSettled, { timeoutMs: slowStartMs, everyMs: 100 }))) {
    console.log(`Not healthy after ${slowStartMs / 1000} s; still waiting. See: curl ${url}/health`);
    await waitUntil(isSettled, { timeoutMs: Number.POSITIVE_INFINITY, everyMs: 500 });
  }
  if (!isWanted()) return;
  const { host, port: redisPort } = stores.redis;
  console.log(
    [
      '',
      `MSEDB listens on ${url}`,
      `  try      curl ${url}/health`,
      ...describeEmulator(emulator, port),
      '  stop     Ctrl-C',
      `  data     ${relative(process.cwd(), dataDir)} (kept after the stop)`,
      `  MongoDB  ${stores.mongoUri}`,
      `  Redis    ${host}:${redisPort}   (redis-cli -h ${host} -p ${redisPort} keys 'bull:*')`,
      '',
    ].join('\n'),
  );
}

function describeEmulator(emulator: Emulator | undefined, port: string): string[] {
  if (emulator === undefined) return [];
  return [
    `  sign in  http://localhost:${port}/auth/login   in a browser, as ${furnishedPeople.join(' or ')}`,
    `  steer    curl ${emulator.url}/_emulator   control the emulated Microsoft 365`,
  ];
}
