import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Emulator } from '../../../emulator/emulator.ts';
import { freePort } from '../../../local/network.ts';
import { generateKeyEntry } from '../../../src/auth/vault-keys.ts';
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

/** The built service as a process of its own, which can be killed and started again. */
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
    };
  }

  /** What all its processes have written. */
  get output(): string {
    return `${this.#output}${this.#process?.output ?? ''}`;
  }

  /** Starts it, unless it runs, and waits until it is healthy. */
  async ensureUp(): Promise<void> {
    if (this.#process !== undefined) return;
    this.#process = await ServiceProcess.launch(this.#environment);
    await this.#process.untilHealth(200);
  }

  /** kill -9. What it had sent by then has been answered when this resolves. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    process.signal('SIGKILL');
    await process.exited();
    this.#output += process.output;
    this.#process = undefined;
    const reply = await fetch(`${this.#microsoft.url}/_emulator`); // it takes its turn behind what was sent before
    await reply.arrayBuffer();
    await this.#endClaims();
  }

  /** What time does by itself within a minute and a half: what the dead process had claimed is free again. */
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
