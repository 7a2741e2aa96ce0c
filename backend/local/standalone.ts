import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import { acceptsConnections } from './network.ts';
import { backendRoot, localRoot } from './paths.ts';
import { waitUntil } from './process.ts';
import { type RunningStores, startStores } from './stores.ts';

const HELP = `npm run standalone: the backend on real stores of its own, without Docker

Finds MongoDB and Redis in this order and says what it chose:
  1. MONGODB_URI, REDIS_HOST (with REDIS_PORT, REDIS_PASSWORD): running ones, used as they are
  2. mongod, redis-server on PATH: started on free ports
  3. on Debian: DocumentDB and redis-server from its packages, unpacked once under .local/
  4. elsewhere: a mongod that is downloaded once; Redis must be installed

PORT is where the backend listens (8010); every other setting is passed on to it.
Ctrl-C stops the backend, then the stores. Data stays under .local/data.`;

const dataDir = join(localRoot, 'data');
const DEFAULT_PORT = '8010';
const SLOW_START_MS = 30_000;

async function main(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const isHelp = args.every((arg) => arg === '--help' || arg === '-h');
    console.log(isHelp ? HELP : `Unknown: ${args.join(' ')}\n\n${HELP}`);
    return isHelp ? 0 : 2;
  }
  const port = process.env['PORT'] ?? DEFAULT_PORT;
  if (await acceptsConnections(Number(port))) {
    console.error(`Port ${port} is in use. Choose another: PORT=${Number(port) + 1} npm run standalone`);
    return 1;
  }
  const stop = new StopRequest();
  const stores = await startStores({ dataDir, durable: true, say: (line) => console.log(line) });
  try {
    return await runBackend(stores, port, stop);
  } finally {
    await stores.stop();
    console.log('Stores stopped.');
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

async function runBackend(stores: RunningStores, port: string, stop: StopRequest): Promise<number> {
  const backend = startBackend(stores, port);
  if (backend.pid !== undefined) stores.guard(backend.pid);
  stop.onAsk(() => backend.kill('SIGTERM'));
  const exited = once(backend, 'exit');
  const isRunning = (): boolean => backend.exitCode === null && backend.signalCode === null;
  void announce({ stores, port, isWanted: () => isRunning() && !stop.isAsked });
  await exited;
  if (!stop.isAsked) console.error('The backend ended by itself: its last lines above say why.');
  return backend.exitCode ?? 1;
}

function startBackend({ mongoUri, redis }: RunningStores, port: string): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
    cwd: backendRoot,
    // a group of its own: Ctrl-C in the terminal comes to this process only, which passes it on once
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      PORT: port,
      MONGODB_URI: mongoUri,
      REDIS_HOST: redis.host,
      REDIS_PORT: String(redis.port),
      // empty rather than left out, so that one for other stores in an .env file does not count
      REDIS_PASSWORD: redis.password ?? '',
    },
  });
}

interface Announcement {
  readonly stores: RunningStores;
  readonly port: string;
  readonly isWanted: () => boolean;
}

/** Waits until the backend is healthy, and says where it listens and what to try. */
async function announce({ stores, port, isWanted }: Announcement): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  const isSettled = async (): Promise<boolean> => !isWanted() || (await isHealthy(url));
  if (!(await waitUntil(isSettled, { timeoutMs: SLOW_START_MS, everyMs: 100 }))) {
    console.log(`Not healthy after ${SLOW_START_MS / 1000} s; still waiting. See: curl ${url}/health`);
    await waitUntil(isSettled, { timeoutMs: Number.POSITIVE_INFINITY, everyMs: 500 });
  }
  if (!isWanted()) return;
  const { host, port: redisPort } = stores.redis;
  console.log(
    [
      '',
      `MSEDB listens on ${url}`,
      `  try      curl ${url}/health`,
      '  stop     Ctrl-C',
      `  data     ${relative(process.cwd(), dataDir)} (stays)`,
      `  MongoDB  ${stores.mongoUri}`,
      `  Redis    ${host}:${redisPort}   (redis-cli -h ${host} -p ${redisPort} keys 'bull:*')`,
      '',
    ].join('\n'),
  );
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const reply = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) });
    return reply.status === 200;
  } catch {
    return false;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
