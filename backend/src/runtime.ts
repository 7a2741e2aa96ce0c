import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { resumeDeletions } from './accounts/purge.ts';
import { relayNotificationNews } from './accounts/notification-relay.ts';
import { NotificationStreams } from './api/stream-registry.ts';
import { isSessionOpen } from './auth/sessions.ts';
import { settleRuleEntries } from './automation/rules/settle-entries.ts';
import { composeProcessors, resumeWork } from './background.ts';
import { connectDatabase, disconnectDatabase, pingDatabase } from './config/database.ts';
import type { Config } from './config/env.ts';
import { closeRedisClient, getHealthRedisClient, getRedisClient, waitForRedis } from './config/redis.ts';
import { closeServer, listen } from './http/server.ts';
import type { Processors } from './jobs/processors.ts';
import {
  abandonAllWorkers,
  closeAllQueues,
  closeAllWorkers,
  createQueues,
  createWorkers,
  type Queues,
} from './jobs/queues.ts';
import { scheduleIn } from './jobs/registry.ts';
import { startSchedulerWatchdog } from './jobs/scheduler-watchdog.ts';
import { initializeSchedulers } from './jobs/schedulers.ts';
import { releaseWithin } from './lib/bounded-release.ts';
import { stopwatch } from './lib/clock.ts';
import { LogLimiter } from './lib/log-limiter.ts';
import type { Logger } from './lib/logger.ts';
import { ReleaseStack } from './lib/release-stack.ts';
import { unlessAborted } from './lib/retry.ts';
import { isAnswering } from './lib/watch.ts';
import { buildIndexes, models } from './models/index.ts';
import { settleDecisions } from './patterns/decisions/settle.ts';
import { type Connection, createConnection, createDeletionPorts } from './services.ts';
import { composeSurface } from './surface.ts';

const watchdogIntervalMs = 60_000;
/** Registering five schedulers takes milliseconds; a Redis that freezes meanwhile must not hold the start. */
const schedulersLimitMs = 15_000;
/** A store that takes longer to answer counts as gone while the service stops. */
const storeAnswerMs = 1_000;

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

export interface Runtime {
  readonly port: number;
  /** Stops everything in reverse order. @returns what could not be closed in time; calling it again is harmless */
  stop(): Promise<readonly string[]>;
}

/** What the parts of one running service share. */
interface Service {
  readonly options: RuntimeOptions;
  readonly stack: ReleaseStack;
  readonly limiter: LogLimiter;
  readonly redis: Redis;
  readonly healthRedis: Redis;
  /** Missing while the application is not registered with Microsoft. */
  readonly connection: Connection | undefined;
  /** What the workers of this process are at, as "queue/job id". */
  readonly activeJobs: Set<string>;
  stopping: boolean;
}

/**
 * Starts the service, or the part of it that its role names: MongoDB with its indexes, Redis, the schedulers, the
 * workers, and last the port.
 * @throws what stopped it; everything that was open is closed by then
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const service = prepare(options);
  warnOfSettings(service);
  try {
    await openStores(service);
    if (isApi(options.config)) {
      await step(service, 'decisions settled', async () => {
        await settleDecisions(Date.now());
        await settleRuleEntries(Date.now());
      });
    }
    const queues = openQueues(service);
    if (isWorker(options.config)) {
      await startSchedulers(service, queues);
      await step(service, 'workers running', () => startWorkers(service, queues));
    }
    const port = await startApi(service, queues);
    let stopped: Promise<readonly string[]> | undefined;
    return {
      port,
      stop: () => {
        stopped ??= stop(service);
        return stopped;
      },
    };
  } catch (error) {
    await stop(service);
    throw error;
  }
}

/** Makes what opens nothing yet. @throws ConfigurationError when the keys are wrong */
function prepare(options: RuntimeOptions): Service {
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
    connection: createConnection(config, redis),
    activeJobs: new Set(),
    stopping: false,
  };
}

/** Whether this process answers the people who use the service. */
function isApi({ role }: Config): boolean {
  return role !== 'worker';
}

/** Whether this process works on jobs, and sees to it that there are any. */
function isWorker({ role }: Config): boolean {
  return role !== 'api';
}

function warnOfSettings({ options, connection }: Service): void {
  const { config, logger } = options;
  if (connection === undefined) return;
  if (config.http.appUrl.startsWith('http:')) logger.warn('APP_URL is plain http: for trials on this machine only');
  if (config.adminEmail === undefined) logger.warn('ADMIN_EMAIL is not set: nobody can become the first admin');
}

/** One part of the start: timed in the log, and left at once when the process is told to end. */
async function step<T>({ options }: Service, done: string, work: () => Promise<T>): Promise<T> {
  const elapsed = stopwatch();
  const result = await unlessAborted(work(), options.signal);
  options.logger.info(`Started: ${done}`, { ms: elapsed() });
  return result;
}

async function openStores(service: Service): Promise<void> {
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
  const relay = relayNotificationNews({ redis, logger, limiter: service.limiter });
  stack.defer('notification relay ended', async () => relay());
}

function openQueues(service: Service): Queues {
  const { config, logger } = service.options;
  const queues = createQueues({ settings: config.redis, logger, limiter: service.limiter });
  service.stack.defer('queues closed', () => closeAllQueues(queues));
  return queues;
}

async function startSchedulers(service: Service, queues: Queues): Promise<void> {
  const { config, logger } = service.options;
  const definitions = scheduleIn(config.analysis.timeZone);
  await step(service, 'recurring jobs registered', () =>
    pTimeout(initializeSchedulers(queues, logger, definitions), { milliseconds: schedulersLimitMs }),
  );
  const intervalMs = service.options.watchdogIntervalMs ?? watchdogIntervalMs;
  const watchdog = { queues, logger, clock: Date.now, intervalMs, definitions };
  service.stack.defer('watchdog ended', startSchedulerWatchdog(watchdog));
}

async function startWorkers(service: Service, queues: Queues): Promise<void> {
  const { config, logger } = service.options;
  const { limiter, activeJobs } = service;
  const { connection, redis, options } = service;
  const { processors: given, spreadMs } = options;
  const processors = composeProcessors({ config, connection, queues, redis, logger, processors: given, spreadMs });
  const workers = createWorkers({ settings: config.redis, logger, limiter }, processors, activeJobs);
  service.stack.defer('workers closed', async () => {
    const redisAnswers = await isAnswering(() => service.healthRedis.ping(), storeAnswerMs);
    await (redisAnswers ? closeAllWorkers(workers) : abandonAllWorkers(workers));
  });
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  for (const worker of workers) void worker.run();
  if (connection !== undefined) inBackground(service, 'What was left open is done later', resumeWork(queues, spreadMs));
}

async function startApi(service: Service, queues: Queues): Promise<number> {
  const { config, logger } = service.options;
  const { connection, limiter, redis, healthRedis } = service;
  const ports = createDeletionPorts({ connection, queues, redis, logger });
  const isStopping = (): boolean => service.stopping;
  const streams = isApi(config) ? openStreams(service) : undefined;
  const parts = { config, logger, limiter, connection, queues, redis, healthRedis };
  const app = composeSurface({ ...parts, ports, streams, isStopping });
  const server = await step(service, 'HTTP listening', () => listen(app, config.http.port));
  service.stack.defer('HTTP closed', (deadline) => closeServer(server, deadline));
  if (streams !== undefined) service.stack.defer('streams ended', () => streams.stop());
  const address = server.address();
  const port = address instanceof Object ? address.port : config.http.port;
  logger.info('Listening', { port, role: config.role });
  if (isApi(config)) inBackground(service, 'A deletion could not go on', resumeDeletions(ports));
  return port;
}

/** What a stop interrupted goes on beside everything else. */
function inBackground({ options: { logger } }: Service, failed: string, work: Promise<unknown>): void {
  work.catch((error: unknown) => logger.warn(failed, { error }));
}

function openStreams({ options: { config, logger }, limiter, stack }: Service): NotificationStreams {
  const subscriber = getRedisClient({ settings: config.redis, logger, limiter });
  stack.defer('stream connection closed', () => closeRedisClient(subscriber));
  const streams = new NotificationStreams({ subscriber, isSessionOpen, clock: Date.now, logger, limiter });
  streams.start();
  return streams;
}

async function stop(service: Service): Promise<readonly string[]> {
  const { stack, options, activeJobs, healthRedis } = service;
  const { config, logger } = options;
  const elapsed = stopwatch();
  service.stopping = true;
  const left = await releaseWithin({
    stack,
    logger,
    limitMs: config.shutdownTimeoutMs,
    askStores: () => Promise.all([pingDatabase(AbortSignal.timeout(storeAnswerMs)), healthRedis.ping()]),
    answerMs: storeAnswerMs,
  });
  const facts = { ms: elapsed(), ...(activeJobs.size > 0 ? { jobs: [...activeJobs] } : {}) };
  if (left.length > 0) logger.error('Stopped before everything was closed', { left, ...facts });
  else logger.info('Stopped', facts);
  return left;
}
