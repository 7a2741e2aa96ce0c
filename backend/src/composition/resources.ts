import type { Redis } from 'ioredis';
import { relaySignals } from '../accounts/notification-pubsub.ts';
import { connectDatabase, disconnectDatabase } from '../config/database.ts';
import type { Config } from '../config/env.ts';
import { closeRedisClient, getHealthRedisClient, getRedisClient, waitForRedis } from '../config/redis.ts';
import { lacksProxy } from '../http/proxy-guard.ts';
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
  /** Ends a start in progress. */
  readonly signal: AbortSignal;
  /** Processors that replace the real ones, by queue. */
  readonly processors?: Partial<Processors>;
  /** Time over which the jobs of many mailboxes are spread; a minute when left out. */
  readonly spreadMs?: number;
  readonly watchdogIntervalMs?: number;
}

/** Shared by the parts of one running service. */
export interface Service {
  readonly options: RuntimeOptions;
  readonly stack: ReleaseStack;
  readonly limiter: LogLimiter;
  readonly redis: Redis;
  readonly healthRedis: Redis;
  /** Missing while the application is not registered with Microsoft. */
  readonly connection: MicrosoftConnection | undefined;
  /** Active jobs of this process, as "queue/job id". */
  readonly activeJobs: Set<string>;
  stopping: boolean;
}

/** Creates the shared parts; opens nothing. @throws ConfigurationError when the keys are wrong */
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
    connection: connectMicrosoft(config, redis, { logger, limiter }),
    activeJobs: new Set(),
    stopping: false,
  };
}

/** True when this process serves the API. */
export function isApi({ role }: Config): boolean {
  return role !== 'worker';
}

/** True when this process schedules and processes jobs. */
export function isWorker({ role }: Config): boolean {
  return role !== 'api';
}

/** Logs a warning for settings that are valid but likely mistakes. */
export function warnOfSettings({ options, connection }: Service): void {
  const { config, logger } = options;
  if (lacksProxy(config.http.appUrl, config.http.trustProxy))
    logger.warn('APP_URL uses https and TRUST_PROXY is not set: set it, or requests from a reverse proxy are refused');
  if (connection === undefined) return;
  if (config.http.appUrl.startsWith('http:'))
    logger.warn('APP_URL uses plain http: use https except for trials on this machine');
  if (config.adminEmail === undefined)
    logger.warn('ADMIN_EMAIL is not set: set it, so that the first admin can sign in');
}

/** Runs one step of the start: logs its duration, and stops waiting when the process must end. */
export async function step<T>({ options }: Service, done: string, work: () => Promise<T>): Promise<T> {
  const elapsed = stopwatch();
  const result = await unlessAborted(work(), options.signal);
  options.logger.info(`Started: ${done}`, { ms: elapsed() });
  return result;
}

/** Connects MongoDB and Redis, and builds the indexes. */
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
  const relay = relaySignals({ redis, logger, limiter: service.limiter });
  stack.defer('notification relay ended', async () => relay());
}

/** Runs recovery beside everything else; logs a warning when it fails. */
export function inBackground({ options: { logger } }: Service, failed: string, work: Promise<unknown>): void {
  work.catch((error: unknown) => logger.warn(failed, { error }));
}
