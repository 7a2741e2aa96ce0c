import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import { Redis } from 'ioredis';
import supertest from 'supertest';
import { mountWebhooks } from '../../../../src/api/webhooks.ts';
import { errorHandler } from '../../../../src/http/error-handler.ts';
import { requestId, requestLogContext } from '../../../../src/http/request-id.ts';
import { addMailboxJob } from '../../../../src/jobs/mailbox-jobs.ts';
import { closeAllQueues, createQueues, type Queues } from '../../../../src/jobs/queues.ts';
import { registry } from '../../../../src/jobs/registry.ts';
import { LogLimiter } from '../../../../src/lib/log-limiter.ts';
import { createLogger } from '../../../../src/lib/logger.ts';
import { NotificationIntake } from '../../../../src/observation/webhooks/notification-intake.ts';
import { requestRenewal, requestSync } from '../../../../src/jobs/request-jobs.ts';
import { untilPasses } from '../../../harness/until-passes.ts';

/** What was logged: message and fields. */
type LogLine = readonly [message: string, fields: unknown];

const unlimited: RequestHandler = (_request, _response, next) => next();

/** Intake behind an HTTP server, as the service mounts it, on the Redis at `port`. */
export class NotificationFixture implements AsyncDisposable {
  readonly redis: Redis;
  readonly queues: Queues;
  readonly intake: NotificationIntake;
  readonly http: ReturnType<typeof supertest>;
  readonly warnings: LogLine[] = [];
  /** The clock of intake, when it is not to be the machine's. */
  now: number | undefined;

  constructor(port: number) {
    const quiet = createLogger({ level: 'error', style: 'readable' });
    quiet.silent = true;
    const settings = { host: '127.0.0.1', port };
    const limiter = new LogLimiter(Date.now);
    this.redis = new Redis({ ...settings, maxRetriesPerRequest: 1, retryStrategy: () => 100 });
    this.redis.on('error', () => undefined);
    this.queues = createQueues({ settings, logger: quiet, limiter: new LogLimiter(Date.now) });
    const warn = (message: string, fields: unknown) => this.warnings.push([message, fields]);
    const { queues } = this;
    this.intake = new NotificationIntake({
      redis: this.redis,
      clock: () => this.now ?? Date.now(),
      logger: Object.assign(Object.create(quiet), { warn }),
      limiter,
      requestDrain: (mailboxId) =>
        addMailboxJob({ queue: queues['webhook-events'], definition: registry['webhook-events'], mailboxId }),
      requestSync: (mailboxId) => requestSync(queues, mailboxId),
      requestRenewal: (mailboxId) => requestRenewal(queues, mailboxId),
    });
    const app = express().use(helmet(), requestId(), requestLogContext());
    const guards = { probe: [], public: [], webhook: [], signIn: [], user: [], admin: [] };
    const limits = { strangers: unlimited, person: unlimited, boardActs: unlimited };
    mountWebhooks({ router: app, registry: new OpenAPIRegistry(), guards, limits }, this.intake);
    app.use(errorHandler(quiet));
    this.http = supertest(app);
  }

  /** Posts as Graph does. */
  post(value: readonly unknown[], path = '/webhooks/graph') {
    return this.http.post(path).send({ value });
  }

  /** What waits in a mailbox: message id and time. */
  async waiting(mailboxId: { toString(): string }): Promise<Record<string, number>> {
    const reply = await this.redis.zrange(`msedb:notified:${mailboxId.toString()}`, 0, -1, 'WITHSCORES');
    const pairs = Array.from({ length: reply.length / 2 }, (_, n) => [reply[2 * n], Number(reply[2 * n + 1])]);
    return Object.fromEntries(pairs);
  }

  /** The data of the jobs of a queue that are to be done. */
  async jobs(name: keyof Queues): Promise<unknown[]> {
    return (await this.queues[name].getJobs(['waiting', 'delayed'])).map(({ data }) => data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // a queue that is about to reconnect would go on after it was closed
    await Promise.all(Object.values(this.queues).map((queue) => untilPasses(() => queue.count())));
    await closeAllQueues(this.queues, 5_000);
    this.redis.disconnect();
  }
}

/** A notification of a change, as Graph posts it. */
export function changeOf(
  { subscriptionId, clientState }: { readonly subscriptionId: string; readonly clientState: string | null },
  messageId: string,
) {
  const resource = `Users/u/Messages/${messageId}`;
  return {
    subscriptionId,
    clientState,
    changeType: 'updated',
    resource,
    resourceData: { '@odata.type': '#Microsoft.Graph.Message', '@odata.id': resource, id: messageId },
    subscriptionExpirationDateTime: '2040-01-01T00:00:00Z',
    tenantId: 't',
  };
}

/** A notification of the subscription's own, as Graph posts it. */
export function lifecycleOf(
  { subscriptionId, clientState }: { readonly subscriptionId: string; readonly clientState: string },
  lifecycleEvent: string,
) {
  return { subscriptionId, clientState, lifecycleEvent, resource: '/me/messages', tenantId: 't' };
}
