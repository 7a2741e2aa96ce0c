import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Emulator } from '../../../emulator/emulator.ts';
import { tenantOf } from '../../../emulator/ids.ts';
import { freePort } from '../../../local/network.ts';
import { generateKeyEntry } from '../../../src/auth/tokens/vault-keys.ts';
import { Mailbox } from '../../../src/models/index.ts';
import { admin } from '../../harness/connected-service.ts';
import { ServiceProcess } from '../../harness/service-process.ts';

export interface BackendStores {
  readonly mongoUri: string;
  readonly redisPort: number;
  readonly redis: Redis;
  /** Every queue of the service. */
  readonly queues: readonly Queue[];
}

/** The built service in its own process, which can be killed and restarted. */
export class WatchedBackend implements AsyncDisposable {
  readonly url: string;
  readonly #microsoft: Emulator;
  readonly #stores: BackendStores;
  readonly #environment: Record<string, string>;
  #process: ServiceProcess | undefined;
  #output = '';

  static async start(microsoft: Emulator, stores: BackendStores): Promise<WatchedBackend> {
    const backend = new WatchedBackend(microsoft, stores, await freePort());
    await backend.ensureUp();
    return backend;
  }

  private constructor(microsoft: Emulator, stores: BackendStores, port: number) {
    this.#microsoft = microsoft;
    this.#stores = stores;
    this.url = `http://localhost:${port}`;
    this.#environment = {
      PORT: String(port),
      APP_URL: this.url,
      TRUST_PROXY: '1',
      GRAPH_WEBHOOK_URL: `http://127.0.0.1:${port}`,
      MONGODB_URI: stores.mongoUri,
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(stores.redisPort),
      MICROSOFT_CLIENT_ID: microsoft.clientId,
      MICROSOFT_CLIENT_SECRET: microsoft.clientSecret,
      MICROSOFT_LOGIN_URL: microsoft.loginUrl,
      GRAPH_URL: microsoft.graphUrl,
      ENCRYPTION_KEYS: generateKeyEntry(),
      ADMIN_EMAIL: admin,
      ADMIN_TENANT_ID: tenantOf('contoso.example'),
    };
  }

  /** The output of all its processes so far. */
  get output(): string {
    return `${this.#output}${this.#process?.output ?? ''}`;
  }

  /** Starts the service unless it runs, and waits until it is healthy. */
  async ensureUp(): Promise<void> {
    if (this.#process !== undefined) return;
    this.#process = await ServiceProcess.launch(this.#environment);
    await this.#process.untilHealth(200);
  }

  /** Kills the service (SIGKILL). Requests that it had sent are answered when this resolves. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    process.signal('SIGKILL');
    await process.exited();
    this.#output += process.output;
    this.#process = undefined;
    const reply = await fetch(`${this.#microsoft.url}/_emulator`); // answered after all earlier requests
    await reply.arrayBuffer();
    await this.#endClaims();
  }

  /** Ends the leases and job locks of the dead process, which would expire within a minute and a half. */
  async #endClaims(): Promise<void> {
    const ended = { until: new Date(0), holder: 'nobody' };
    await Mailbox.updateMany({}, { $set: { writeLease: ended, syncLease: ended } });
    const { redis } = this.#stores;
    for (const queue of this.#stores.queues) {
      for (const id of await redis.lrange(queue.toKey('active'), 0, -1)) {
        await redis.del(queue.toKey(`${id}:lock`));
        await redis.sadd(queue.toKey('stalled'), id);
      }
      await redis.del(queue.toKey('stalled-check'));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}
