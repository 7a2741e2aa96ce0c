import type { Redis } from 'ioredis';
import { relayNotificationSignals } from '../accounts/notification-pubsub.ts';
import { connectDatabase, disconnectDatabase } from '../config/database.ts';
import type { Config } from '../config/env.ts';
import { closeRedisClient, getHealthRedisClient, getRedisClient, waitForRedis } from '../config/redis.ts';
import type { Processors } from '../jobs/processors.ts';
import { stopwatch } from '../lib/clock.ts';
import { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { ReleaseStack } from '../lib/shutdown/release-stack.ts';
import { unlessAborted } from '../lib/retry.ts';
import { buildIndexes, models } from '../models/index.ts';
import { type MicrosoftConnection, connectMicrosoft } from './microsoft.ts';

export interface RuntimeOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
  /** What the workers do instead of the real thing, by queue. */
  readonly processors?: Partial<Processors>;
  /** Within which time the jobs of many mailboxes start; a minute when it is left out. */
  readonly spreadMs?: number;
  readonly watchdogIntervalMs?: number;
}

/** What the parts of one running service share. */
export interface Service {
  readonly options: RuntimeOptions;
  readonly stack: ReleaseStack;
  readonly limiter: LogLimiter;
  readonly redis: Redis;
  readonly healthRedis: Redis;
  /** Missing while the application is not registered with Microsoft. */
  readonly connection: MicrosoftConnection | undefined;
  /** What the workers of this process are at, as "queue/job id". */
  readonly activeJobs: Set<string>;
  stopping: boolean;
}

/** Makes what opens nothing yet. @throws ConfigurationError when the keys are wrong */
export function prepare(options: RuntimeOptions): Service {
  const { config, logger } = options;
  const limiter = new LogLimiter(Date.now);
  const context = { settings: config.redis, logger, limiter };
  const redis = getRedisClient(context);
  return {
    options,
    stack: new ReleaseStack(),
    limiter,
    redis,
    healthRedis: getHealthRedisClient(context),
    connection: connectMicrosoft(config, redis),
    activeJobs: new Set(),
    stopping: false,
  };
}

/** Whether this process answers the people who use the service. */
export function isApi({ role }: Config): boolean {
  return role !== 'worker';
}

/** Whether this process works on jobs, and sees to it that there are any. */
export function isWorker({ role }: Config): boolean {
  return role !== 'api';
}

export function warnOfSettings({ options, connection }: Service): void {
  const { config, logger } = options;
  if (connection === undefined) return;
  if (config.http.appUrl.startsWith('http:')) logger.warn('APP_URL is plain http: for trials on this machine only');
  if (config.adminEmail === undefined) logger.warn('ADMIN_EMAIL is not set: nobody can become the first admin');
}

/** One part of the start: timed in the log, and left at once when the process is told to end. */
export async function step<T>({ options }: Service, done: string, work: () => Promise<T>): Promise<T> {
  const elapsed = stopwatch();
  const result = await unlessAborted(work(), options.signal);
  options.logger.info(`Started: ${done}`, { ms: elapsed() });
  return result;
}

export async function openStores(service: Service): Promise<void> {
  const { stack, options, redis, healthRedis } = service;
  const { config, logger, signal } = options;
  stack.defer('Redis closed', () => Promise.all([closeRedisClient(redis), closeRedisClient(healthRedis)]));
  stack.defer('MongoDB disconnected', () => disconnectDatabase());
  await step(service, 'MongoDB connected', () => connectDatabase(config.mongo, logger, signal));
  await step(service, 'MongoDB indexes built', () => buildIndexes(models, logger));
  await step(service, 'Redis connected', async () => {
    await waitForRedis(config.redis, logger, signal);
    await Promise.all([redis.ping(), healthRedis.connect()]);
  });
  const relay = relayNotificationSignals({ redis, logger, limiter: service.limiter });
  stack.defer('notification relay ended', async () => relay());
}

/** What a stop interrupted goes on beside everything else. */
export function inBackground({ options: { logger } }: Service, failed: string, work: Promise<unknown>): void {
  work.catch((error: unknown) => logger.warn(failed, { error }));
}
