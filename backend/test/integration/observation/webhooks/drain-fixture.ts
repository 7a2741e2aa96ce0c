import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { vi } from 'vitest';
import { GraphError } from '../../../../src/graph/errors.ts';
import { addMailboxJob } from '../../../../src/jobs/mailbox-jobs.ts';
import { webhookEventsProcessor } from '../../../../src/jobs/processors/webhook-events.ts';
import { createQueues, type Queues } from '../../../../src/jobs/queues.ts';
import { registry } from '../../../../src/jobs/registry.ts';
import { LogLimiter } from '../../../../src/lib/log-limiter.ts';
import { createLogger } from '../../../../src/lib/logger.ts';
import { type DrainDeps, drainNotifications } from '../../../../src/observation/webhooks/drain.ts';
import { NotifiedMessages } from '../../../../src/observation/webhooks/notified-messages.ts';
import { requestSync } from '../../../../src/jobs/request-jobs.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { startTestRedis, type TestRedis } from '../../../harness/redis.ts';

export type Observe = DrainDeps['observe'];
type Id = { toString(): string };

export const folders = [{ id: 'inbox', displayName: 'Inbox', kind: 'inbox' as const }];
export const nothing = { events: 0, changed: 0 };

/** An observer that says it saw an event for each message, and what it was asked to look at. */
export function observer() {
  return vi.fn<Observe>(async (_mailbox, ids) => ({ events: ids.length, changed: ids.length }));
}

export function asked(observe: ReturnType<typeof observer>): string[][] {
  return observe.mock.calls.map(([, ids]) => [...ids]);
}

export function graphError(status: number): GraphError {
  return new GraphError({ status, code: 'some', message: 'Some failure', retryable: status === 0 || status >= 500 });
}

/** What is told of in mailboxes, and what looks at it. */
export class DrainFixture implements AsyncDisposable {
  readonly redis: Redis;
  readonly queues: Queues;
  readonly notified: NotifiedMessages;
  readonly #database: TestDatabase;
  readonly #server: TestRedis;

  static async start(): Promise<DrainFixture> {
    const [database, server] = await Promise.all([connectTestDatabase(), startTestRedis()]);
    return new DrainFixture(database, server);
  }

  private constructor(database: TestDatabase, server: TestRedis) {
    this.#database = database;
    this.#server = server;
    this.redis = new Redis(server.port, '127.0.0.1');
    this.notified = new NotifiedMessages(this.redis);
    const settings = { host: '127.0.0.1', port: server.port };
    const logger = createLogger({ level: 'error', style: 'readable' });
    this.queues = createQueues({ settings, logger, limiter: new LogLimiter(Date.now) });
  }

  get queue() {
    return this.queues['webhook-events'];
  }

  deps(observe: Observe, more: Partial<DrainDeps> = {}): DrainDeps {
    return {
      notified: this.notified,
      observe,
      clock: Date.now,
      sinceDays: 30,
      requestSync: (mailboxId) => requestSync(this.queues, mailboxId),
      ...more,
    };
  }

  drain(deps: DrainDeps, mailboxId: Id, isLastTry = false) {
    const { signal } = new AbortController();
    return drainNotifications(deps, { mailboxId: mailboxId.toString(), signal, isLastTry });
  }

  async notify(mailboxId: Id, ids: readonly string[], at = Date.now()): Promise<void> {
    await this.notified.add(new Map([[mailboxId.toString(), new Set(ids)]]), at);
  }

  /** What waits, longest first. */
  async left(mailboxId: Id): Promise<string[]> {
    return (await this.notified.oldest(mailboxId.toString(), 10_000)).map(({ messageId }) => messageId);
  }

  /** The same as intake does: first the messages, then the job. */
  async told(mailboxId: Id, ids: readonly string[]): Promise<void> {
    await this.notify(mailboxId, ids);
    await this.addJob(mailboxId);
  }

  async addJob(mailboxId: Id): Promise<void> {
    const definition = registry['webhook-events'];
    await addMailboxJob({ queue: this.queue, definition, mailboxId: mailboxId.toString() });
  }

  /** Runs jobs as the service does, until `work` is over. */
  async working(deps: DrainDeps, work: () => Promise<void>): Promise<void> {
    const connection = { host: '127.0.0.1', port: this.#server.port, maxRetriesPerRequest: null };
    const process = webhookEventsProcessor({ ...deps, queue: this.queue });
    const worker = new Worker('webhook-events', process, { connection, concurrency: 20 });
    try {
      await worker.waitUntilReady();
      await work();
    } finally {
      await worker.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
    this.redis.disconnect();
    await this.#server[Symbol.asyncDispose]();
    await this.#database.drop();
  }
}
