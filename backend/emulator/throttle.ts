import type { EmulatorClock } from './clock.ts';
import { GraphFailure } from './errors.ts';

export interface ThrottleLimits {
  /** Requests of one mailbox at a time. */
  readonly concurrency: number;
  /** Requests of one mailbox in a window. */
  readonly quota: number;
  readonly windowMs: number;
  /** What `Retry-After` says when too many run at a time, in seconds. */
  readonly concurrencyRetryAfterSeconds: number;
}

/** Outlook's limits for one app and one mailbox: 4 at a time, 10,000 in 10 minutes. */
export const outlookLimits: ThrottleLimits = {
  concurrency: 4,
  quota: 10_000,
  windowMs: 600_000,
  concurrencyRetryAfterSeconds: 1,
};

interface Usage {
  running: number;
  peak: number;
  windowStartMs: number;
  inWindow: number;
  throttled: number;
  total: number;
}

export interface ThrottleReport {
  /** The most that ran at a time. */
  readonly peak: number;
  readonly total: number;
  readonly throttled: number;
}

/** Counts the requests of each mailbox, and refuses what is over the limits. Refused requests count as well. */
export class Throttle {
  limits: ThrottleLimits;
  readonly #clock: EmulatorClock;
  readonly #usage = new Map<string, Usage>();

  constructor(clock: EmulatorClock, limits: ThrottleLimits) {
    this.#clock = clock;
    this.limits = limits;
  }

  /**
   * @returns the function to call when the request has been answered
   * @throws 429 with `Retry-After` in seconds
   */
  enter(mailbox: string): () => void {
    const usage = this.#usageOf(mailbox);
    const nowMs = this.#clock.now();
    if (nowMs - usage.windowStartMs >= this.limits.windowMs) {
      usage.windowStartMs = nowMs;
      usage.inWindow = 0;
    }
    usage.inWindow += 1;
    usage.total += 1;
    if (usage.inWindow > this.limits.quota) {
      const restMs = usage.windowStartMs + this.limits.windowMs - nowMs;
      throw this.#refuse(usage, Math.ceil(restMs / 1_000), 'MailboxQuota');
    }
    if (usage.running >= this.limits.concurrency) {
      throw this.#refuse(usage, this.limits.concurrencyRetryAfterSeconds, 'MailboxConcurrency');
    }
    usage.running += 1;
    usage.peak = Math.max(usage.peak, usage.running);
    return () => {
      usage.running -= 1;
    };
  }

  report(mailbox: string): ThrottleReport {
    const { peak, total, throttled } = this.#usageOf(mailbox);
    return { peak, total, throttled };
  }

  #refuse(usage: Usage, retryAfterSeconds: number, limit: string): GraphFailure {
    usage.throttled += 1;
    return new GraphFailure(429, 'ApplicationThrottled', `Application is over its ${limit} limit.`, {
      'retry-after': String(retryAfterSeconds),
    });
  }

  #usageOf(mailbox: string): Usage {
    let usage = this.#usage.get(mailbox);
    if (usage === undefined) {
      usage = { running: 0, peak: 0, windowStartMs: 0, inWindow: 0, throttled: 0, total: 0 };
      this.#usage.set(mailbox, usage);
    }
    return usage;
  }
}
