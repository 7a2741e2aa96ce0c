import type { Express } from 'express';
import type { Redis } from 'ioredis';
import { mountApi } from './api/mount.ts';
import { pingDatabase } from './config/database.ts';
import type { Config } from './config/env.ts';
import { createApp } from './http/app.ts';
import { Health, type HealthDetails } from './http/health.ts';
import { countJobs, type Queues } from './jobs/queues.ts';
import type { LogLimiter } from './lib/log-limiter.ts';
import type { Logger } from './lib/logger.ts';
import { readVersion } from './lib/version.ts';
import { NotificationIntake } from './observation/notification-intake.ts';
import { requestAnalysis, requestDrain, requestRenewal, requestSync, watchMailbox } from './watching.ts';
import type { DeletionPorts } from './accounts/purge.ts';
import type { Connection } from './services.ts';

export interface SurfaceOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
  readonly connection: Connection | undefined;
  readonly queues: Queues;
  readonly redis: Redis;
  readonly healthRedis: Redis;
  readonly ports: DeletionPorts;
  readonly isStopping: () => boolean;
}

/** Puts together what answers over HTTP; it listens to nothing yet. */
export function composeSurface(options: SurfaceOptions): Express {
  const { config, logger, connection, redis, healthRedis, queues, ports, isStopping } = options;
  const probes = {
    pingMongo: pingDatabase,
    pingRedis: () => healthRedis.ping(),
    countJobs: () => countJobs(queues),
  };
  const version = readVersion();
  const details = () => describeNotifications(config);
  const health = new Health({ probes, version, isStopping, clock: Date.now, details });
  return createApp({
    health,
    logger,
    isStopping,
    redis,
    appUrl: config.http.appUrl,
    trustProxy: config.http.trustProxy,
    mount: (context, cookies) =>
      mountApi({
        context,
        cookies,
        signIn: connection?.signIn,
        watchMailbox: (mailboxId) => watchMailbox(queues, logger, mailboxId),
        intake: composeIntake(options),
        ports: {
          ...ports,
          requestSync: (mailboxId) => requestSync(queues, mailboxId),
          requestAnalysis: (mailboxId) => requestAnalysis(queues, mailboxId),
        },
        version,
      }),
  });
}

function composeIntake({ redis, logger, limiter, queues }: SurfaceOptions): NotificationIntake {
  return new NotificationIntake({
    redis,
    logger,
    limiter,
    clock: Date.now,
    requestDrain: (mailboxId) => requestDrain(queues, mailboxId),
    requestRenewal: (mailboxId) => requestRenewal(queues, mailboxId),
    requestSync: (mailboxId) => requestSync(queues, mailboxId),
  });
}

function describeNotifications({ observation: { webhookUrl } }: Config): HealthDetails {
  const note =
    webhookUrl === undefined
      ? 'GRAPH_WEBHOOK_URL is not set: mail is watched by synchronization alone'
      : 'Graph notifies this address of changes';
  return { notifications: { publicAddress: webhookUrl ?? null, note } };
}
