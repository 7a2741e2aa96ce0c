import { defined } from './defined.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

interface Source {
  lastAt: number;
  suppressed: number;
}

interface Line {
  readonly level: 'warn' | 'info';
  readonly logger: Logger;
  readonly message: string;
  readonly source: string;
  readonly fields: Record<string, unknown>;
}

/**
 * Limits repeated lines: at most one per source every `quietMs`, and `linesPerSecond` of all sources. The next line
 * of a source counts the suppressed ones. A worker logs 8,000 errors a second when Redis is at maxmemory.
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

  /** Logs a warning of `source`, or counts it as suppressed. */
  warn(logger: Logger, message: string, source: string, fields: Record<string, unknown>): void {
    this.#log({ level: 'warn', logger, message, source, fields });
  }

  /** Logs an information of `source`, or counts it as suppressed. */
  info(logger: Logger, message: string, source: string, fields: Record<string, unknown>): void {
    this.#log({ level: 'info', logger, message, source, fields });
  }

  #log({ level, logger, message, source, fields }: Line): void {
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
    logger[level](
      message,
      defined<Record<string, unknown>>({ source, ...fields, suppressed: suppressed > 0 ? suppressed : undefined }),
    );
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
