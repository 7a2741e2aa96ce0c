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
  /** The expected schedulers; those of the registry when left out. */
  readonly definitions?: Schedule;
}

/**
 * Repairs the schedulers every `intervalMs`. While a check is still running, no second one starts.
 * @returns a function that stops the watchdog
 */
export function startSchedulerWatchdog({
  queues,
  logger,
  clock,
  intervalMs,
  definitions,
}: WatchdogOptions): () => void {
  let running = false;
  const check = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      await repairSchedulers(queues, logger, clock, definitions);
    } catch (error) {
      logger.warn('Schedulers could not be checked: the next check follows', { error: toError(error).message });
    } finally {
      running = false;
    }
  };
  const timer = setInterval(() => void check(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
