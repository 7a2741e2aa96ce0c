import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import type { Emulator } from '../../emulator/emulator.ts';
import { freePort } from '../../local/network.ts';
import { waitUntil } from '../../local/process.ts';
import { generateKeyEntry } from '../../src/auth/vault-keys.ts';
import { describeEnd, isRunning, launch, type Launched, terminate } from '../processes.ts';

const HEALTHY_LIMIT_MS = 60_000;
const KIB_PER_MIB = 1_024;

export interface BackendOptions {
  readonly microsoft: Emulator;
  readonly mongoUri: string;
  readonly redis: { readonly host: string; readonly port: number; readonly password?: string | undefined };
  readonly adminEmail: string;
  readonly pageSize: number;
  readonly logFile: string;
  /** Told of every process that is started. */
  readonly guard: (pid: number) => void;
}

/** The built service as a process of its own that watches mailboxes of the emulator; it can be killed and go on. */
export class Backend implements AsyncDisposable {
  readonly url: string;
  readonly #options: BackendOptions;
  readonly #environment: Record<string, string>;
  #launched: Launched | undefined;
  #peakMib = 0;

  static async start(options: BackendOptions): Promise<Backend> {
    const backend = new Backend(options, await freePort());
    await backend.start();
    return backend;
  }

  private constructor(options: BackendOptions, port: number) {
    this.#options = options;
    this.url = `http://localhost:${port}`;
    this.#environment = settings(options, { port, url: this.url });
  }

  /** The file that it logs to. */
  get logFile(): string {
    return this.#options.logFile;
  }

  /** Most resident memory that any of its processes had so far, in MiB. */
  async peakMib(): Promise<number> {
    if (this.#launched !== undefined && isRunning(this.#launched)) {
      this.#peakMib = Math.max(this.#peakMib, await peakMibOf(this.#launched.pid));
    }
    return this.#peakMib;
  }

  /** @throws when it ends, or is not healthy within 30 s */
  async start(): Promise<void> {
    const launched = launch({
      args: ['dist/server.js'],
      logFile: this.#options.logFile,
      env: this.#environment,
    });
    this.#launched = launched;
    this.#options.guard(launched.pid);
    const isSettled = async (): Promise<boolean> => !isRunning(launched) || (await isHealthy(this.url));
    const isInTime = await waitUntil(isSettled, { timeoutMs: HEALTHY_LIMIT_MS });
    if (!isRunning(launched)) throw describeEnd(launched);
    if (!isInTime) throw new Error(`The service is not healthy after ${HEALTHY_LIMIT_MS / 1_000} s`);
  }

  /** @throws when it has ended by itself */
  requireRunning(): void {
    if (this.#launched !== undefined && !isRunning(this.#launched)) throw describeEnd(this.#launched);
  }

  /** kill -9 */
  async kill(): Promise<void> {
    this.requireRunning();
    await this.peakMib();
    await this[Symbol.asyncDispose]();
  }

  /** SIGTERM. @throws when its exit code is not 0 */
  async stop(): Promise<void> {
    this.requireRunning();
    await this.peakMib();
    if (this.#launched === undefined) return;
    await terminate(this.#launched);
    if (this.#launched.process.exitCode !== 0) throw describeEnd(this.#launched);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#launched === undefined || !isRunning(this.#launched)) return;
    const exited = once(this.#launched.process, 'exit');
    this.#launched.process.kill('SIGKILL');
    await exited;
  }
}

function settings(options: BackendOptions, { port, url }: { port: number; url: string }): Record<string, string> {
  const { microsoft, mongoUri, redis, adminEmail, pageSize } = options;
  return {
    PORT: String(port),
    APP_URL: url,
    TRUST_PROXY: '1',
    GRAPH_WEBHOOK_URL: url,
    MONGODB_URI: mongoUri,
    REDIS_HOST: redis.host,
    REDIS_PORT: String(redis.port),
    MICROSOFT_CLIENT_ID: microsoft.clientId,
    MICROSOFT_CLIENT_SECRET: microsoft.clientSecret,
    MICROSOFT_LOGIN_URL: microsoft.loginUrl,
    GRAPH_URL: microsoft.graphUrl,
    ENCRYPTION_KEYS: generateKeyEntry(),
    ADMIN_EMAIL: adminEmail,
    SYNC_PAGE_SIZE: String(pageSize),
    LOG_LEVEL: 'info',
    // empty rather than left out, so that what an .env file says does not count
    REDIS_PASSWORD: redis.password ?? '',
    MICROSOFT_TENANT_ID: '',
    SYNC_SINCE_DAYS: '',
    SHUTDOWN_TIMEOUT_MS: '',
  };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const reply = await fetch(`${url}/health`, { signal: AbortSignal.timeout(HEALTHY_LIMIT_MS) });
    await reply.arrayBuffer();
    return reply.status === 200;
  } catch {
    return false;
  }
}

/** Where the system does not keep the peak: what is resident now. */
async function peakMibOf(pid: number): Promise<number> {
  if (process.platform !== 'linux') {
    const { stdout } = await execa('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout.trim()) / KIB_PER_MIB;
  }
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / KIB_PER_MIB;
}
