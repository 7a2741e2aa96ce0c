import '../check-node.js'; // before all else: an older Node ends here
import { once } from 'node:events';
import { join } from 'node:path';
import type { RunningParts } from './announcement.ts';

const { parseArgs } = await import('node:util');
const { startFurnishedEmulator } = await import('../emulator/furnished.ts');
const { announce } = await import('./announcement.ts');
const { startBackend } = await import('./backend-process.ts');
const { acceptsConnections } = await import('./network.ts');
const { localRoot } = await import('./paths.ts');
const { startStores } = await import('./stores.ts');

const helpText = `npm run standalone: runs the backend on its own real stores, without Docker

Finds MongoDB and Redis in this order and prints its choice:
  1. MONGODB_URI, REDIS_HOST (with REDIS_PORT, REDIS_PASSWORD): running ones, used as they are
  2. mongod, redis-server on PATH: started on free ports
  3. on Debian: DocumentDB and redis-server from its packages, unpacked once under .local/
  4. elsewhere: a mongod that is downloaded once; Redis must be installed

  -- --emulator   also start an emulated Microsoft 365, with two people whose mailboxes can be connected

PORT sets the backend's port (8010); all other settings are passed on to the backend.
Ctrl-C stops the backend, then the stores. Data stays under .local/data.`;

const dataDir = join(localRoot, 'data');
const defaultPort = '8010';

async function main(args: readonly string[]): Promise<number> {
  const cliOptions = readCliOptions(args);
  if (cliOptions === undefined) return 2;
  if (cliOptions.help) {
    console.log(helpText);
    return 0;
  }
  const port = process.env['PORT'] ?? defaultPort;
  if (await acceptsConnections(Number(port))) {
    console.error(`Port ${port} is in use. Choose another: PORT=${Number(port) + 1} npm run standalone`);
    return 1;
  }
  const stop = new StopRequest();
  const stores = await startStores({ dataDir, durable: true, say: (line) => console.log(line) });
  const emulator = cliOptions.emulator ? await startFurnishedEmulator({ port: 0 }) : undefined;
  try {
    return await runBackend({ stores, port, emulator, dataDir }, stop);
  } finally {
    await emulator?.close();
    await stores.stop();
    console.log('Stores stopped.');
  }
}

/** Parses the arguments. @returns undefined after printing the error when they are invalid */
function readCliOptions(args: readonly string[]): { help: boolean; emulator: boolean } | undefined {
  try {
    const options = {
      help: { type: 'boolean', short: 'h', default: false },
      emulator: { type: 'boolean', default: false },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${helpText}`);
    return undefined;
  }
}

/** The first SIGINT, SIGTERM or SIGHUP; those that follow change nothing. */
class StopRequest {
  isAsked = false;
  // until there is a backend to end: the stores' host ends by itself, and a next run repairs a half-finished install
  #listener: () => void = () => process.exit(0);

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#ask());
  }

  onAsk(listener: () => void): void {
    this.#listener = listener;
    if (this.isAsked) listener();
  }

  #ask(): void {
    if (this.isAsked) return;
    this.isAsked = true;
    this.#listener();
  }
}

async function runBackend(parts: RunningParts, stop: StopRequest): Promise<number> {
  const { stores } = parts;
  const backend = startBackend({ ...parts, output: 'inherit' });
  if (backend.pid !== undefined) stores.guard(backend.pid);
  stop.onAsk(() => backend.kill('SIGTERM'));
  const exited = once(backend, 'exit');
  const isRunning = (): boolean => backend.exitCode === null && backend.signalCode === null;
  void announce({ ...parts, isWanted: () => isRunning() && !stop.isAsked });
  await exited;
  if (!stop.isAsked) console.error('The backend exited unexpectedly: see its last lines above.');
  return backend.exitCode ?? 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
