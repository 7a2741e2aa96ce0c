import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

interface Source {
  lastAt: number;
  suppressed: number;
}

/**
 * Writes the repeated complaints of many sources without flooding the log: each source at most once every
 * `quietMs`, and all of them together at most `linesPerSecond`. What was left out is counted in the next line of
 * its source. A Redis at maxmemory makes one worker complain 8,000 times a second.
 */
export class LogLimiter {
  readonly #sources = new Map<string, Source>();
  readonly #options: { quietMs: number; linesPerSecond: number };
  readonly #clock: Clock;
  #second = 0;
  #linesThisSecond = 0;

  constructor(clock: Clock, options = { quietMs: 5_000, linesPerSecond: 25 }) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Logs at `warn` that `source` failed, or counts it when it has been said a moment ago. */
  warn(logger: Logger, message: string, source: string, fields: Record<string, unknown>): void {
    const now = this.#clock();
    const known = this.#sources.get(source);
    if ((known !== undefined && now - known.lastAt < this.#options.quietMs) || !this.#hasRoom(now)) {
      this.#sources.set(source, {
        lastAt: known?.lastAt ?? Number.NEGATIVE_INFINITY,
        suppressed: (known?.suppressed ?? 0) + 1,
      });
      return;
    }
    const suppressed = known?.suppressed ?? 0;
    this.#sources.set(source, { lastAt: now, suppressed: 0 });
    this.#linesThisSecond += 1;
    logger.warn(message, { source, ...fields, ...(suppressed > 0 ? { suppressed } : {}) });
  }

  #hasRoom(now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#linesThisSecond = 0;
    }
    return this.#linesThisSecond < this.#options.linesPerSecond;
  }
}
