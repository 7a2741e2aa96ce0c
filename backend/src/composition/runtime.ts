import pTimeout from 'p-timeout';
import { resumeDeletions } from '../accounts/purge.ts';
import { NotificationStreams } from '../api/stream/stream-registry.ts';
import { isThereAnAdmin } from '../auth/registration.ts';
import { lookAtAll } from '../auth/consent/mail-access.ts';
import { isSessionOpen } from '../auth/sessions.ts';
import { composeProcessors, resumeWork } from './workers.ts';
import { closeRedisClient, getRedisClient } from '../config/redis.ts';
import { beat, compareStores, isSuspect } from './heartbeat.ts';
import { closeServer, listen } from '../http/server.ts';
import {
  abandonAllWorkers,
  closeAllQueues,
  closeAllWorkers,
  createQueues,
  createWorkers,
  type Queues,
} from '../jobs/queues.ts';
import { scheduleIn } from '../jobs/registry.ts';
import { startRescueWatchdog } from '../jobs/rescue-watchdog.ts';
import { startSchedulerWatchdog } from '../jobs/scheduler-watchdog.ts';
import { startWatchdog } from '../jobs/watchdog.ts';
import { initializeSchedulers } from '../jobs/schedulers.ts';
import { minuteMs, secondMs } from '../lib/durations.ts';
import { isAnswering } from '../lib/shutdown/liveness-probe.ts';
import { createDeletionPorts, noAdmin } from './microsoft.ts';
import { recoverAtStart } from './recovery.ts';
import {
  inBackground,
  isApi,
  isWorker,
  openStores,
  prepare,
  type RuntimeOptions,
  type Service,
  step,
  warnOfSettings,
} from './resources.ts';
import { composeHttp } from './http.ts';
import { stopService, storeAnswerMs } from './stop.ts';

const watchdogIntervalMs = minuteMs;
const heartbeatMs = 10 * secondMs;
/** Registering five schedulers takes milliseconds; a Redis that freezes meanwhile must not hold the start. */
const schedulersLimitMs = 15 * secondMs;

export interface Runtime {
  readonly port: number;
  /** Stops everything in reverse order. @returns what could not be closed in time; calling it again is harmless */
  stop(): Promise<readonly string[]>;
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
    const isRestored = await startHeartbeat(service);
    if (isApi(options.config)) {
      await step(service, 'interrupted decisions recovered', () => recoverAtStart(options.logger));
    }
    if (options.config.mailAccess === 'look-only') {
      const access = service.connection?.signIn.access;
      await step(service, 'all mailboxes looked at only', () => lookAtAll(access));
    }
    const queues = openQueues(service);
    if (isWorker(options.config)) {
      await startSchedulers(service, queues);
      await step(service, 'workers running', () => startWorkers(service, queues, isRestored));
    }
    const port = await startApi(service, queues);
    let stopped: Promise<readonly string[]> | undefined;
    return {
      port,
      stop: () => {
        stopped ??= stopService(service);
        return stopped;
      },
    };
  } catch (error) {
    await stopService(service);
    throw error;
  }
}

/**
 * Compares the stores before anything is queued or done, and keeps the heartbeat by which the next start does.
 * @returns true when MongoDB may have been restored from an older backup
 */
async function startHeartbeat(service: Service): Promise<boolean> {
  const { options, redis, stack } = service;
  const { logger } = options;
  const comparison = await step(service, 'stores compared', () => compareStores(redis, logger, Date.now()));
  const failed = 'The heartbeat could not be stored: the next one follows';
  const check = () => beat(redis, Date.now());
  stack.defer('heartbeat ended', startWatchdog({ intervalMs: heartbeatMs, check, failed, logger }));
  return isSuspect(comparison);
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

async function startWorkers(service: Service, queues: Queues, isRestored: boolean): Promise<void> {
  const { config, logger, spreadMs } = service.options;
  const { limiter, activeJobs, connection, redis } = service;
  const processors = composeProcessors({ ...service.options, connection, queues, redis });
  const workers = createWorkers({ settings: config.redis, logger, limiter }, processors, activeJobs);
  service.stack.defer('workers closed', async () => {
    const redisAnswers = await isAnswering(() => service.healthRedis.ping(), storeAnswerMs);
    await (redisAnswers ? closeAllWorkers(workers) : abandonAllWorkers(workers));
  });
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  for (const worker of workers) void worker.run();
  if (connection !== undefined) {
    service.stack.defer('rescue watchdog ended', startRescueWatchdog(queues, logger, Date.now));
    inBackground(
      service,
      'Recovery of interrupted work failed; the next scheduled run retries',
      resumeWork(queues, { spreadMs, isRestored }),
    );
  }
}

async function startApi(service: Service, queues: Queues): Promise<number> {
  const { config, logger } = service.options;
  const { connection, limiter, redis, healthRedis } = service;
  const ports = createDeletionPorts({ connection, queues, redis, logger });
  const isStopping = (): boolean => service.stopping;
  const streams = isApi(config) ? openStreams(service) : undefined;
  const parts = { config, logger, limiter, connection, queues, redis, healthRedis };
  const app = composeHttp({ ...parts, ports, streams, isStopping });
  const server = await step(service, 'HTTP listening', () => listen(app, config.http.port));
  service.stack.defer('HTTP closed', (deadline) => closeServer(server, deadline));
  if (streams !== undefined) service.stack.defer('streams ended', () => streams.stop());
  const address = server.address();
  const port = address instanceof Object ? address.port : config.http.port;
  logger.info('Listening', { port, role: config.role });
  if (isApi(config) && connection !== undefined && !(await isThereAnAdmin())) logger.warn(noAdmin);
  if (isApi(config))
    inBackground(
      service,
      'Continuing an interrupted account deletion failed; the next start retries',
      resumeDeletions(ports),
    );
  return port;
}

function openStreams({ options: { config, logger }, limiter, stack }: Service): NotificationStreams {
  const subscriber = getRedisClient({ settings: config.redis, logger, limiter });
  stack.defer('stream connection closed', () => closeRedisClient(subscriber));
  const streams = new NotificationStreams({ subscriber, isSessionOpen, clock: Date.now, logger, limiter });
  streams.start();
  return streams;
}
