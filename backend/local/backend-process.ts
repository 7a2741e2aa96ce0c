import { type ChildProcess, spawn } from 'node:child_process';
import type { Emulator } from '../emulator/emulator.ts';
import { backendSettings } from '../emulator/furnished.ts';
import { backendRoot } from './paths.ts';
import type { RunningStores } from './stores.ts';

/** Options for starting a backend. */
export interface BackendOptions {
  readonly stores: RunningStores;
  readonly port: string;
  /** The Microsoft 365 that it connects to; otherwise what the environment says. */
  readonly emulator: Emulator | undefined;
  /** Laid over the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where its log goes: this process's own output, or a file that is open for writing. */
  readonly output: 'inherit' | number;
}

/** Starts the backend from its sources, in a process of its own. */
export function startBackend({ stores, port, emulator, settings, output }: BackendOptions): ChildProcess {
  const { mongoUri, redis } = stores;
  const address = `http://localhost:${port}`;
  return spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
    cwd: backendRoot,
    // a group of its own: Ctrl-C in the terminal comes to this process only, which passes it on once
    detached: true,
    stdio: ['ignore', output, output],
    env: {
      ...process.env,
      ...(emulator === undefined
        ? {}
        : { APP_URL: address, GRAPH_WEBHOOK_URL: address, UNDO_DRILL: 'on', ...backendSettings(emulator) }),
      ...settings,
      PORT: port,
      MONGODB_URI: mongoUri,
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      // empty rather than left out, so that one for other stores in an .env file does not count
      REDIS_PASSWORD: redis.password ?? '',
    },
  });
}

/** Returns whether the backend at `url` answers /health with 200. */
export async function isHealthy(url: string): Promise<boolean> {
  try {
    const reply = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
    return reply.status === 200;
  } catch {
    return false;
  }
}
