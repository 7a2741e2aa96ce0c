import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import type { Emulator } from '../../emulator/emulator.ts';
import { tenantOf } from '../../emulator/ids.ts';
import { freePort } from '../../local/network.ts';
import { waitUntil } from '../../local/process.ts';
import { generateKeyEntry } from '../../src/auth/tokens/vault-keys.ts';
import type { Config } from '../../src/config/env.ts';
import { describeEnd, isRunning, launchMeasured, type Launched, terminate } from '../processes.ts';

const healthyLimitMs = 60_000;
const kibPerMib = 1_024;

/** The role of a process: see ROLE in the README. */
type Role = Config['role'];

interface Member {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface MeasuredBackendOptions {
  readonly microsoft: Emulator;
  readonly mongoUri: string;
  readonly redis: { readonly host: string; readonly port: number; readonly password?: string | undefined };
  readonly adminEmail: string;
  readonly pageSize: number;
  /** One process for each role; the first answers requests. */
  readonly roles: readonly [Role, ...Role[]];
  readonly logFile: string;
  /** Called with the id of every started process. */
  readonly guard: (pid: number) => void;
}

/** The built service in its own processes, connected to the emulator; it can be killed and restarted. */
export class Backend implements AsyncDisposable {
  readonly url: string;
  readonly #options: MeasuredBackendOptions;
  readonly #members: readonly Member[];
  #launched: readonly Launched[] = [];
  #peakMib = 0;

  static async start(options: MeasuredBackendOptions): Promise<Backend> {
    const backend = new Backend(options, await Promise.all(options.roles.map(() => freePort())));
    await backend.start();
    return backend;
  }

  private constructor(options: MeasuredBackendOptions, ports: readonly number[]) {
    this.#options = options;
    this.url = `http://localhost:${ports[0]}`;
    const common = settings(options, this.url);
    this.#members = options.roles.map((role, index) => {
      const port = String(ports[index]);
      return { url: `http://localhost:${port}`, environment: { ...common, ROLE: role, PORT: port } };
    });
  }

  /** Path of the log file. */
  get logFile(): string {
    return this.#options.logFile;
  }

  /** Returns the sum of the peak resident memory of its processes, in MiB. */
  async peakMib(): Promise<number> {
    if (this.#launched.length > 0 && this.#launched.every((launched) => isRunning(launched))) {
      const peaks = await Promise.all(this.#launched.map(({ pid }) => peakMibOf(pid)));
      this.#peakMib = Math.max(
        this.#peakMib,
        peaks.reduce((sum, peak) => sum + peak, 0),
      );
    }
    return this.#peakMib;
  }

  /** Starts all processes. @throws when one ends or is not healthy in time */
  async start(): Promise<void> {
    const launched = this.#members.map(({ environment }) =>
      launchMeasured({ args: ['dist/server.js'], logFile: this.#options.logFile, env: environment }),
    );
    this.#launched = launched;
    for (const { pid } of launched) this.#options.guard(pid);
    const hasEnded = (): boolean => launched.some((each) => !isRunning(each));
    const isSettled = async (): Promise<boolean> => hasEnded() || (await this.#isHealthy());
    const isInTime = await waitUntil(isSettled, { timeoutMs: healthyLimitMs });
    this.requireRunning();
    if (!isInTime) throw new Error(`The service is not healthy after ${healthyLimitMs / 1_000} s`);
  }

  async #isHealthy(): Promise<boolean> {
    const answers = await Promise.all(this.#members.map(({ url }) => isHealthy(url)));
    return answers.every(Boolean);
  }

  /** Checks that all processes run. @throws when one has ended by itself */
  requireRunning(): void {
    const ended = this.#launched.find((launched) => !isRunning(launched));
    if (ended !== undefined) throw describeEnd(ended);
  }

  /** Kills all processes (SIGKILL). */
  async kill(): Promise<void> {
    this.requireRunning();
    await this.peakMib();
    await this[Symbol.asyncDispose]();
  }

  /** Stops all processes (SIGTERM). @throws when an exit code is not 0 */
  async stop(): Promise<void> {
    this.requireRunning();
    await this.peakMib();
    await Promise.all(this.#launched.map((launched) => terminate(launched)));
    const failed = this.#launched.find((launched) => launched.process.exitCode !== 0);
    if (failed !== undefined) throw describeEnd(failed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#launched.filter((launched) => isRunning(launched));
    await Promise.all(
      running.map(async (launched) => {
        const exited = once(launched.process, 'exit');
        launched.process.kill('SIGKILL');
        await exited;
      }),
    );
  }
}

function settings(
  { microsoft, mongoUri, redis, adminEmail, pageSize }: MeasuredBackendOptions,
  url: string,
): Record<string, string> {
  return {
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
    ADMIN_TENANT_ID: tenantOf(adminEmail.split('@')[1] ?? ''),
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
    const reply = await fetch(`${url}/health`, { signal: AbortSignal.timeout(healthyLimitMs) });
    await reply.arrayBuffer();
    return reply.status === 200;
  } catch {
    return false;
  }
}

/** Returns the peak resident memory of a process; on systems that do not record it, the present one. */
async function peakMibOf(pid: number): Promise<number> {
  if (process.platform !== 'linux') {
    const { stdout } = await execa('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout.trim()) / kibPerMib;
  }
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / kibPerMib;
}
