import { setTimeout as delay } from 'node:timers/promises';

/** Queues by name: tasks of one lane run one after the other, in the order in which they came. */
export class Lanes {
  readonly #tails = new Map<string, Promise<unknown>>();

  run<T>(lane: string, task: () => Promise<T>): Promise<T> {
    const result = (this.#tails.get(lane) ?? Promise.resolve()).then(task);
    const tail = result
      .catch(() => undefined) // its caller has the error; the next task of the lane runs all the same
      .finally(() => {
        if (this.#tails.get(lane) === tail) this.#tails.delete(lane);
      });
    this.#tails.set(lane, tail);
    return result;
  }
}

interface RetryOptions {
  lanes: Lanes;
  /** The lane of the first attempt; undefined to start at once. */
  firstLane: string | undefined;
  /** The lane of every further attempt. */
  retryLane: string;
  /** True when attempt number `attempt` (from 0) that failed with `error` may be made again. */
  mayRetry: (error: unknown, attempt: number) => boolean;
}

/**
 * Runs `task` until it succeeds or `mayRetry` says no.
 * Retries queue up: statements that deadlocked once would otherwise meet again and again.
 */
export async function runWithRetries<T>(options: RetryOptions, task: () => Promise<T>): Promise<T> {
  const { lanes, firstLane, retryLane, mayRetry } = options;
  for (let attempt = 0; ; attempt += 1) {
    const lane = attempt === 0 ? firstLane : (firstLane ?? retryLane);
    try {
      return await (lane === undefined ? task() : lanes.run(lane, task));
    } catch (error) {
      if (!mayRetry(error, attempt)) throw error;
    }
    await delay(Math.random() * 10);
  }
}
