import type { Clock } from '../lib/clock.ts';
import { toError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Queues } from './queues.ts';
import type { Schedule } from './registry.ts';
import { repairSchedulers } from './schedulers.ts';

export interface WatchdogOptions {
  readonly queues: Queues;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly intervalMs: number;
  /** What the schedulers are to be; as in the registry when it is left out. */
  readonly definitions?: Schedule;
}

/**
 * Repairs the schedulers each `intervalMs`. A round that Redis holds up is not joined by a second one.
 * @returns a function that ends it
 */
export function startSchedulerWatchdog({
  queues,
  logger,
  clock,
  intervalMs,
  definitions,
}: WatchdogOptions): () => void {
  let running = false;
  const look = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      await repairSchedulers(queues, logger, clock, definitions);
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
