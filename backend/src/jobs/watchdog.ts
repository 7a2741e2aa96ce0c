import { toError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';

export interface Watchdog {
  readonly intervalMs: number;
  readonly check: () => Promise<unknown>;
  /** Logged as a warning when a check fails. */
  readonly failed: string;
  readonly logger: Logger;
}

/**
 * Checks every `intervalMs`. While a check is still running, no second one starts.
 * @returns a function that stops it
 */
export function startWatchdog({ intervalMs, check, failed, logger }: Watchdog): () => void {
  let running = false;
  const checkOnce = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      await check();
    } catch (error) {
      logger.warn(failed, { error: toError(error).message });
    } finally {
      running = false;
    }
  };
  const timer = setInterval(() => void checkOnce(), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
