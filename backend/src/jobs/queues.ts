import { type DefaultJobOptions, Queue, UnrecoverableError, Worker } from 'bullmq';
import pTimeout from 'p-timeout';
import { getQueueConnectionConfig, getWorkerConnectionConfig } from '../config/redis.ts';
import type { RedisSettings } from '../config/env.ts';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import type { JobProcessor, Processors } from './processors.ts';
import { forEachQueue, type QueueName, queueNames, registry } from './registry.ts';
import { logWorker, measureWorker } from './worker-observability.ts';

/** Retention of finished jobs for inspection: seconds and count, whichever is reached first. */
export const defaultJobOptions = {
  removeOnComplete: { age: 3_600, count: 200 },
  removeOnFail: { age: 86_400, count: 1_000 },
} as const satisfies DefaultJobOptions;

/**
 * With BullMQ's defaults a job fails permanently once its worker was killed twice. A dead worker is detected after
 * lockDuration + stalledInterval at the latest.
 */
const workerOptions = {
  autorun: false,
  lockDuration: 60_000,
  stalledInterval: 15_000,
  maxStalledCount: 3,
} as const;

const countedStates = ['waiting', 'active', 'delayed', 'completed', 'failed', 'paused'] as const;

export type Queues = Readonly<Record<QueueName, Queue>>;

export interface JobsContext {
  readonly settings: RedisSettings;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
}

/** Opens the queues. Connection errors are logged; the connections recover by themselves. */
export function createQueues({ settings, logger, limiter }: JobsContext): Queues {
  const open = (name: QueueName): Queue => {
    const queue = new Queue(name, { connection: getQueueConnectionConfig(settings), defaultJobOptions });
    queue.on('error', (error) =>
      limiter.warn(logger, 'Queue connection error', `queue ${name}`, { error: error.message }),
    );
    return queue;
  };
  return forEachQueue(open);
}

/**
 * Creates a worker for each queue; none takes a job before its `run()`.
 * @param activeJobs updated to hold the jobs being processed, as "queue/job id"
 */
export function createWorkers(
  context: JobsContext,
  processors: Processors,
  activeJobs: Set<string>,
): readonly Worker[] {
  return queueNames.map((name) => {
    const process = tracked(activeJobs, onlyKnownJobs(name, processors[name]));
    const worker = new Worker(name, process, {
      ...workerOptions,
      concurrency: registry[name].concurrency ?? 1,
      connection: getWorkerConnectionConfig(context.settings),
    });
    logWorker(worker, { ...context, isQuiet: registry[name].isQuiet ?? false });
    measureWorker(worker);
    return worker;
  });
}

function tracked(activeJobs: Set<string>, process: JobProcessor): JobProcessor {
  return async (job, token, signal) => {
    const id = `${job.queueName}/${job.id}`;
    activeJobs.add(id);
    try {
      return await process(job, token, signal);
    } finally {
      activeJobs.delete(id);
    }
  };
}

/** Fails a job of an unknown name instead of processing it as another one. */
function onlyKnownJobs(queue: QueueName, process: JobProcessor): JobProcessor {
  return (job, token, signal) => {
    const { jobName, childJobName } = registry[queue];
    if (job.name !== jobName && job.name !== childJobName) {
      const known = [jobName, childJobName].filter((name) => name !== undefined).join(' and ');
      throw new UnrecoverableError(`Queue ${queue} has no job named ${job.name}; known names: ${known}`);
    }
    return process(job, token, signal);
  };
}

/** Closes every worker after its active jobs. Does not return while Redis is unavailable: see `abandonAllWorkers`. */
export async function closeAllWorkers(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.close()));
}

/**
 * Stops workers while Redis is unavailable: they take no further job, and active jobs are retried elsewhere once their
 * locks expire. Not `close(true)`: with a job in flight it repeats the refused
 * command forever without a pause, which blocks the process (BullMQ 5.81, `retryIfFailed`).
 */
export async function abandonAllWorkers(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.pause(true)));
}

/** Counts the jobs of each queue by state. */
export async function countJobs(queues: Queues): Promise<Record<string, Record<string, number>>> {
  const counts = queueNames.map(async (name) => [name, await queues[name].getJobCounts(...countedStates)] as const);
  return Object.fromEntries(await Promise.all(counts));
}

/** Closes every queue, and waits at most `limitMs` for Redis: nothing is lost by a late answer. */
export async function closeAllQueues(queues: Queues, limitMs = 500): Promise<void> {
  const closing = Object.values(queues).map((queue) => pTimeout(queue.close(), { milliseconds: limitMs }));
  await Promise.allSettled(closing);
}
