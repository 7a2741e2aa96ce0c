import type { Job, Worker } from 'bullmq';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { noticeOfFailure } from './given-up.ts';
import { runningTime } from './job-metrics.ts';

interface JobLogOptions {
  readonly logger: Logger;
  readonly limiter: LogLimiter;
  /** Start and completion are for whoever searches a fault, and not worth a line otherwise. */
  readonly isQuiet: boolean;
}

/** Logs the start, completion and failure of a worker's jobs, and (within limits) the faults of its connection. */
export function observeWorker(worker: Worker, { logger, limiter, isQuiet }: JobLogOptions): void {
  const describe = (job: Job) => ({ queue: worker.name, jobId: job.id, jobName: job.name });
  const level = isQuiet ? 'debug' : 'info';
  worker
    .on('active', (job) => logger[level]('Job started', describe(job)))
    .on('completed', (job) => logger[level]('Job completed', { ...describe(job), ms: runningTime(job) }))
    .on('failed', (job, error) => {
      if (job === undefined) logger.error('Job failed', { queue: worker.name, error: error.message });
      else logFailure(logger, job, error, { ...describe(job), ms: runningTime(job) });
    })
    .on('stalled', (jobId) => logger.warn('Job runs again: its worker died', { queue: worker.name, jobId }))
    .on('error', (error) =>
      limiter.warn(logger, 'Worker connection error', `worker ${worker.name}`, { error: error.message }),
    );
}

/** A failure that is tried again heals itself; one that is final needs a person. */
function logFailure(logger: Logger, job: Job, error: Error, fields: Record<string, unknown>): void {
  const attempt = { attempt: job.attemptsMade, attempts: job.opts.attempts ?? 1, error: error.message };
  if (job.finishedOn === undefined) logger.warn('Job failed and will be tried again', { ...fields, ...attempt });
  else {
    logger.error('Job failed', { ...fields, ...attempt });
    noticeOfFailure(job).catch((cause: unknown) =>
      logger.warn('Nobody could be told of it', { ...fields, error: cause }),
    );
  }
}
