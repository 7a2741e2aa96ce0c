import { type DefaultJobOptions, Queue, UnrecoverableError, Worker } from 'bullmq';
import pTimeout from 'p-timeout';
import { getQueueConnectionConfig, getWorkerConnectionConfig } from '../config/redis.ts';
import type { RedisSettings } from '../config/env.ts';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { observeWorker } from './job-log.ts';
import { measureWorker } from './job-metrics.ts';
import type { JobProcessor, Processors } from './processors.ts';
import { forEachQueue, type QueueName, queueNames, registry } from './registry.ts';

/** How long finished jobs stay to be looked at: seconds and count, whichever is reached first. */
export const defaultJobOptions = {
  removeOnComplete: { age: 3_600, count: 200 },
  removeOnFail: { age: 86_400, count: 1_000 },
} as const satisfies DefaultJobOptions;

/**
 * With BullMQ's defaults a job whose worker was killed twice fails for ever. A worker that dies is noticed
 * after lockDuration + stalledInterval at the latest.
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

/** Opens the queues. Errors of their connections are logged, and heal by themselves. */
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
 * Builds a worker for each queue; none takes a job before its `run()`.
 * @param activeJobs kept up to date with what is being processed, as "queue/job id"
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
    observeWorker(worker, { ...context, isQuiet: registry[name].isQuiet ?? false });
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

/** A job that no code expects must be seen, not done as if it were another. */
function onlyKnownJobs(queue: QueueName, process: JobProcessor): JobProcessor {
  return (job, token, signal) => {
    const { jobName, childJobName } = registry[queue];
    if (job.name !== jobName && job.name !== childJobName) {
      const known = [jobName, childJobName].filter((name) => name !== undefined).join(' and ');
      throw new UnrecoverableError(`Queue ${queue} knows no job named ${job.name}, only ${known}`);
    }
    return process(job, token, signal);
  };
}

/** Closes every worker; active jobs may finish. It does not return while Redis is away: see `abandonAllWorkers`. */
export async function closeAllWorkers(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.close()));
}

/**
 * What can be done about workers when Redis is away: they take no further job, and the process ends under them; their
 * jobs run again elsewhere once their locks expire. Not `close(true)`: with a job in flight it repeats the refused
 * command for ever without a pause, and the process never runs anything else again (BullMQ 5.81, `retryIfFailed`).
 */
export async function abandonAllWorkers(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.pause(true)));
}

/** Counts the jobs of each queue by state. */
export async function countJobs(queues: Queues): Promise<Record<string, Record<string, number>>> {
  const counts = queueNames.map(async (name) => [name, await queues[name].getJobCounts(...countedStates)] as const);
  return Object.fromEntries(await Promise.all(counts));
}

/** Closes every queue. A Redis that does not take leave in `limitMs` is not waited for: nothing is lost by it. */
export async function closeAllQueues(queues: Queues, limitMs = 500): Promise<void> {
  const closing = Object.values(queues).map((queue) => pTimeout(queue.close(), { milliseconds: limitMs }));
  await Promise.allSettled(closing);
}
