import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Queues } from './queues.ts';
import type { Schedule } from './registry.ts';
import { repairSchedulers } from './schedulers.ts';
import { startWatchdog } from './watchdog.ts';

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
  return startWatchdog({
    intervalMs,
    logger,
    failed: 'Schedulers could not be checked: the next check follows',
    check: () => repairSchedulers(queues, logger, clock, definitions),
  });
}
