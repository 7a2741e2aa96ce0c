import type { Clock } from '../lib/clock.ts';
import { toError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Queues } from './queues.ts';
import { repairSchedulers } from './schedulers.ts';

export interface WatchdogOptions {
  readonly queues: Queues;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly intervalMs: number;
}

/**
 * Repairs the schedulers each `intervalMs`. A round that Redis holds up is not joined by a second one.
 * @returns a function that ends it
 */
export function startSchedulerWatchdog({ queues, logger, clock, intervalMs }: WatchdogOptions): () => void {
  let running = false;
  const look = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      await repairSchedulers(queues, logger, clock);
    } catch (error) {
      logger.warn('Recurring jobs could not be checked', { error: toError(error).message });
    } finally {
      running = false;
    }
  };
  const timer = setInterval(() => void look(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
