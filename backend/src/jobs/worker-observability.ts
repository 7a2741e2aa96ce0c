import type { Job, Worker } from 'bullmq';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { jobDurations, stalledJobs } from '../lib/metrics.ts';
import { notifyOfFailure } from './failure-notices.ts';

interface JobLogOptions {
  readonly logger: Logger;
  readonly limiter: LogLimiter;
  /** Logs start and completion at debug level. */
  readonly isQuiet: boolean;
}

/** Logs the start, completion and failure of a worker's jobs, and (rate-limited) the errors of its connection. */
export function logWorker(worker: Worker, { logger, limiter, isQuiet }: JobLogOptions): void {
  const describe = (job: Job) => ({ queue: worker.name, jobId: job.id, jobName: job.name });
  const level = isQuiet ? 'debug' : 'info';
  worker
    .on('active', (job) => logger[level]('Job started', describe(job)))
    .on('completed', (job) => logger[level]('Job completed', { ...describe(job), ms: runningTimeMs(job) }))
    .on('failed', (job, error) => {
      if (job === undefined) logger.error('Job failed', { queue: worker.name, error: error.message });
      else logFailure(logger, job, error, { ...describe(job), ms: runningTimeMs(job) });
    })
    .on('stalled', (jobId) => logger.warn('Job is retried: its worker stopped', { queue: worker.name, jobId }))
    .on('error', (error) =>
      limiter.warn(logger, 'Worker connection error', `worker ${worker.name}`, { error: error.message }),
    );
}

/** Logs a failure that is retried as a warning; a final one needs a person. */
function logFailure(logger: Logger, job: Job, error: Error, fields: Record<string, unknown>): void {
  const attempt = { attempt: job.attemptsMade, attempts: job.opts.attempts ?? 1, error: error.message };
  if (job.finishedOn === undefined) logger.warn('Job failed and will be retried', { ...fields, ...attempt });
  else {
    logger.error('Job failed', { ...fields, ...attempt });
    notifyOfFailure(job).catch((cause: unknown) =>
      logger.warn('Notification of a failed job could not be stored', { ...fields, error: cause }),
    );
  }
}

/** Counts and times the jobs of a worker as metrics. */
export function measureWorker(worker: Worker): void {
  const queue = worker.name;
  const record = (job: Job, outcome: 'completed' | 'retried' | 'failed'): void => {
    const ms = runningTimeMs(job);
    if (ms !== undefined) jobDurations.observe({ queue, outcome }, ms / 1000);
  };
  worker
    .on('completed', (job) => record(job, 'completed'))
    .on('failed', (job) => {
      if (job !== undefined) record(job, job.finishedOn === undefined ? 'retried' : 'failed');
    })
    .on('stalled', () => stalledJobs.inc({ queue }));
}

/** Returns the milliseconds from the start of a job to its end, or to now; undefined when it was not started. */
function runningTimeMs({ processedOn, finishedOn }: Job): number | undefined {
  return processedOn === undefined ? undefined : (finishedOn ?? Date.now()) - processedOn;
}
