import { performance } from 'node:perf_hooks';

/** The utilization of the event loop, from 0 to 1, above which it counts as busy. */
const busyShare = 0.9;
/** Validity of a measurement, in milliseconds. */
const freshMs = 50;

let last = performance.eventLoopUtilization();
let lastAt = performance.now();
let wasBusy = false;

/** Returns true when the event loop of this process was recently busy. */
function isLoopBusy(): boolean {
  if (performance.now() - lastAt < freshMs) return wasBusy;
  const now = performance.eventLoopUtilization();
  wasBusy = performance.eventLoopUtilization(now, last).utilization > busyShare;
  last = now;
  lastAt = performance.now();
  return wasBusy;
}

/**
 * Runs work that can wait. Several pieces run concurrently while the event loop has idle time; when it is busy they run
 * one at a time, so that HTTP requests stay fast.
 */
export class BackgroundThrottle {
  readonly #isBusy: () => boolean;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param isBusy returns true when work must run one at a time; by default, when the event loop is busy */
  constructor(isBusy = isLoopBusy) {
    this.#isBusy = isBusy;
  }

  /** Runs `work` in its turn. @throws what it throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running > 0 && this.#isBusy()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      do this.#waiting.shift()?.();
      while (this.#waiting.length > 0 && !this.#isBusy());
    }
  }
}
