import type { Job, Worker } from 'bullmq';
import { jobDurations, stalledJobs } from '../lib/metrics.ts';

/** Counts and times the jobs of a worker for operators. */
export function measureWorker(worker: Worker): void {
  const queue = worker.name;
  const record = (job: Job, outcome: 'completed' | 'retried' | 'failed'): void => {
    const ms = runningTime(job);
    if (ms !== undefined) jobDurations.observe({ queue, outcome }, ms / 1000);
  };
  worker
    .on('completed', (job) => record(job, 'completed'))
    .on('failed', (job) => {
      if (job !== undefined) record(job, job.finishedOn === undefined ? 'retried' : 'failed');
    })
    .on('stalled', () => stalledJobs.inc({ queue }));
}

/** Milliseconds from the moment the worker took the job until it was done with it. */
export function runningTime({ processedOn, finishedOn }: Job): number | undefined {
  return processedOn === undefined ? undefined : (finishedOn ?? Date.now()) - processedOn;
}
