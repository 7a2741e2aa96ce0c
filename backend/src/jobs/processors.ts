import type { Job, Processor } from 'bullmq';
import type { Logger } from '../lib/logger.ts';
import { forEachQueue, type QueueName } from './registry.ts';

/** Processes one job. The signal is aborted when the worker stops. The returned report is stored with the job. */
export type JobProcessor = Processor<unknown, unknown>;

/** A queue without a processor does not compile. */
export type Processors = Readonly<Record<QueueName, JobProcessor>>;

/** Returns a processor for each queue; one that is not given logs the job and does nothing. */
export function createProcessors(logger: Logger, given: Partial<Processors> = {}): Processors {
  const acknowledge = (queue: QueueName) => async (job: Job) => {
    logger.debug('Nothing to do', { queue, jobId: job.id, jobName: job.name });
  };
  return { ...forEachQueue(acknowledge), ...given };
}
