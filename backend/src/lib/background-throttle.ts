import { performance } from 'node:perf_hooks';

/** How much of its time the event loop may be at work before it counts as busy. */
const busyShare = 0.9;
/** For how long a measurement counts, in milliseconds. */
const freshMs = 50;

let last = performance.eventLoopUtilization();
let lastAt = performance.now();
let wasBusy = false;

/** Whether the event loop of this process has had hardly anything to wait for lately. */
function isLoopBusy(): boolean {
  if (performance.now() - lastAt < freshMs) return wasBusy;
  const now = performance.eventLoopUtilization();
  wasBusy = performance.eventLoopUtilization(now, last).utilization > busyShare;
  last = now;
  lastAt = performance.now();
  return wasBusy;
}

/**
 * Work that can wait. Several of it run at once as long as the event loop is idle now and then; when it is not, one
 * more would only make everybody slower, those first of all who wait for an answer over HTTP: then they take turns.
 */
export class BackgroundThrottle {
  readonly #isBusy: () => boolean;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param isBusy tells whether work is to be done one at a time; by the load of the event loop when it is left out */
  constructor(isBusy = isLoopBusy) {
    this.#isBusy = isBusy;
  }

  /** Does some work in its turn. @throws what it throws */
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
