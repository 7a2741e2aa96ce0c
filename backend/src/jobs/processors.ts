import type { Job, Processor } from 'bullmq';
import type { Logger } from '../lib/logger.ts';
import { forEachQueue, type QueueName } from './registry.ts';

/** Does one job. The signal is aborted when the worker is told to stop. What it returns is kept with the job. */
export type JobProcessor = Processor<unknown, unknown>;

/** A queue without a processor does not compile. */
export type Processors = Readonly<Record<QueueName, JobProcessor>>;

/** One processor a queue. One that is not given says that it was called, and has nothing to do. */
export function createProcessors(logger: Logger, given: Partial<Processors> = {}): Processors {
  const acknowledge = (queue: QueueName) => async (job: Job) => {
    logger.debug('Nothing to do', { queue, jobId: job.id, jobName: job.name });
  };
  return { ...forEachQueue(acknowledge), ...given };
}
