import pTimeout from 'p-timeout';
import { stopwatch } from '../clock.ts';
import { toError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** What a release still gets once the deadline has passed: enough to cut a connection. */
const afterDeadlineMs = 1_000;

interface Release {
  /** Named in the log once it is done, such as "queues closed". */
  readonly done: string;
  readonly run: (deadline: AbortSignal) => unknown;
}

/**
 * What is open, in the order in which it was opened; it is released in reverse. A release that fails or hangs is
 * named, and the chain goes on. (Node 20 has no AsyncDisposableStack.)
 */
export class ReleaseStack {
  readonly #releases: Release[] = [];

  /** Remembers how to release what was just opened. `run` should hurry when `deadline` is aborted. */
  defer(done: string, run: Release['run']): void {
    this.#releases.push({ done, run });
  }

  /**
   * Releases everything, newest first.
   * @param deadline when it is aborted, a release that is not finished is left behind
   * @returns what was left behind, by the names given to `defer`
   */
  async releaseAll(deadline: AbortSignal, logger: Logger): Promise<readonly string[]> {
    const left: string[] = [];
    for (let next = this.#releases.pop(); next !== undefined; next = this.#releases.pop()) {
      const elapsed = stopwatch();
      try {
        await withinDeadline(Promise.resolve(next.run(deadline)), deadline);
        logger.info(next.done, { ms: elapsed() });
      } catch (error) {
        left.push(next.done);
        logger.warn('Left behind while stopping', { step: next.done, ms: elapsed(), error: toError(error).message });
      }
    }
    return left;
  }
}

async function withinDeadline(work: Promise<unknown>, deadline: AbortSignal): Promise<void> {
  const expired = new Promise<void>((resolve) => {
    if (deadline.aborted) resolve();
    else deadline.addEventListener('abort', () => resolve(), { once: true });
  });
  const afterDeadline = expired.then(() => pTimeout(work, { milliseconds: afterDeadlineMs }));
  await Promise.race([work, afterDeadline]);
}
