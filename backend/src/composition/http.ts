import type { Express } from 'express';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { mountApi } from '../api/mount.ts';
import type { SetupFacts } from '../api/setup.ts';
import type { NotificationStreams } from '../api/stream/stream-registry.ts';
import { redirectUriOf } from '../auth/microsoft/msal.ts';
import { pingDatabase } from '../config/database.ts';
import type { Config } from '../config/env.ts';
import { missingForSignIn } from '../config/missing-settings.ts';
import { createApp } from '../http/app.ts';
import type { Cookies } from '../http/cookies.ts';
import { Health, type HealthDetails } from '../http/health.ts';
import { mountQueueBoard } from '../http/queue-board/queue-board.ts';
import type { RouteContext } from '../http/route.ts';
import { readAnalysisJob } from '../jobs/analysis-state.ts';
import { readNextAnalysis } from '../jobs/next-analysis.ts';
import { countJobs, type Queues } from '../jobs/queues.ts';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { secondMs } from '../lib/durations.ts';
import { readVersion } from '../lib/version.ts';
import { countStates } from '../observation/states/count-states.ts';
import { NotificationIntake } from '../observation/webhooks/notification-intake.ts';
import {
  requestAnalysis,
  requestDrain,
  requestMaintenance,
  requestRenewal,
  requestSync,
  watchMailbox,
} from '../jobs/request-jobs.ts';
import type { DeletionPorts } from '../accounts/purge.ts';
import { type MicrosoftConnection, graphOfConnection } from './microsoft.ts';

export interface HttpOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
  readonly connection: MicrosoftConnection | undefined;
  readonly queues: Queues;
  readonly redis: Redis;
  readonly healthRedis: Redis;
  readonly ports: DeletionPorts;
  /** Only in a process that serves the API. */
  readonly streams: NotificationStreams | undefined;
  readonly isStopping: () => boolean;
}

/** Puts together the HTTP application; does not listen yet. A worker serves health and metrics only. */
export function composeHttp(options: HttpOptions): Express {
  const { config, logger, redis, healthRedis, queues, isStopping } = options;
  const { role, http, metricsToken } = config;
  const probes = {
    pingMongo: pingDatabase,
    pingRedis: () => healthRedis.ping(),
    countJobs: () => countJobs(queues),
  };
  const version = readVersion();
  const details = () => describeForAdmins(options);
  return createApp({
    health: new Health({ probes, version, role, isStopping, clock: Date.now, details }),
    logger,
    isStopping,
    redis,
    metricsToken,
    appUrl: http.appUrl,
    trustProxy: http.trustProxy,
    mount: (context, cookies) => {
      if (options.streams !== undefined) mountAll({ ...options, streams: options.streams, context, cookies, version });
    },
  });
}

interface Mounting extends HttpOptions {
  readonly streams: NotificationStreams;
  readonly context: RouteContext;
  readonly cookies: Cookies;
  readonly version: string;
}

function mountAll(options: Mounting): void {
  const { config, logger, connection, queues, ports, streams, context, cookies, version } = options;
  const { stagingHours, undoDays } = config.automation;
  mountApi({
    context,
    cookies,
    signIn: connection?.signIn,
    setup: describeSetup(config, connection),
    watchMailbox: (mailboxId) => watchMailbox(queues, logger, mailboxId),
    intake: composeIntake(options),
    ports: {
      ...ports,
      requestSync: (mailboxId) => requestSync(queues, mailboxId),
      requestAnalysis: (mailboxId) => requestAnalysis(queues, mailboxId),
      requestMaintenance: (mailboxId) => requestMaintenance(queues, mailboxId),
      stagingHours,
    },
    undo: { graphOf: graphOfConnection(connection), clock: Date.now, undoDays },
    streams,
    readAnalysisJob: (mailboxId) => readAnalysisJob(queues, mailboxId),
    overview: {
      version,
      stagingHours,
      undoDays,
      timeZone: config.analysis.timeZone,
      notifications: config.observation.webhookUrl !== undefined,
      nextAnalysisAt: () => readNextAnalysis(queues),
    },
  });
  mountQueueBoard(context, { cookies, appUrl: config.http.appUrl, queues: Object.values(queues), logger });
}

function describeSetup(config: Config, connection: MicrosoftConnection | undefined): SetupFacts {
  return {
    missingSettings: missingForSignIn(config),
    hasFirstAdmin: config.adminEmail !== undefined,
    redirectUri: redirectUriOf(config.http.appUrl),
    adminConsent: connection?.signIn.adminConsent,
    mailAccess: config.mailAccess,
  };
}

function composeIntake({ redis, logger, limiter, queues }: HttpOptions): NotificationIntake {
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

const countLimitMs = 2 * secondMs;

async function describeForAdmins({ config, connection }: HttpOptions): Promise<HealthDetails> {
  const offsetMs = connection?.graphClock.offsetMs();
  const counts = pTimeout(countStates(Date.now()), { milliseconds: countLimitMs });
  return {
    ...describeNotifications(config),
    mailboxes: await counts.catch(() => null),
    graphIsAheadBySeconds: offsetMs === undefined ? null : Math.round(offsetMs / secondMs),
  };
}

function describeNotifications({ observation: { webhookUrl } }: Config): Pick<HealthDetails, 'notifications'> {
  const note =
    webhookUrl === undefined
      ? 'GRAPH_WEBHOOK_URL is not set: changes are found by synchronization only'
      : 'Graph sends change notifications to this address';
  return { notifications: { publicAddress: webhookUrl ?? null, note } };
}
