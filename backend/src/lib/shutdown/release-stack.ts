import { secondMs } from '../durations.ts';
import pTimeout from 'p-timeout';
import { stopwatch } from '../clock.ts';
import { toError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** Time limit of a release after the deadline: enough to cut a connection. */
const afterDeadlineMs = secondMs;

interface Release {
  /** Named in the log once it is done, such as "queues closed". */
  readonly done: string;
  readonly run: (deadline: AbortSignal) => unknown;
}

/**
 * Releases open resources in reverse order of opening. A release that fails or hangs is logged, and the next one runs.
 * (Node 20 has no AsyncDisposableStack.)
 */
export class ReleaseStack {
  readonly #releases: Release[] = [];

  /** Adds the release of a resource that was just opened. `run` should finish soon once `deadline` is aborted. */
  defer(done: string, run: Release['run']): void {
    this.#releases.push({ done, run });
  }

  /**
   * Releases everything, newest first.
   * @param deadline once aborted, each release gets one more second
   * @returns the names, as given to `defer`, of the releases that failed or timed out
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
        logger.warn('Shutdown step failed or timed out', {
          step: next.done,
          ms: elapsed(),
          error: toError(error).message,
        });
      }
    }
    return left;
  }
}

async function withinDeadline(work: Promise<unknown>, deadline: AbortSignal): Promise<void> {
  const listening = new AbortController(); // many releases share the deadline: none leaves its listener there
  const expired = new Promise<void>((resolve) => {
    if (deadline.aborted) resolve();
    else deadline.addEventListener('abort', () => resolve(), { once: true, signal: listening.signal });
  });
  const afterDeadline = expired.then(() => pTimeout(work, { milliseconds: afterDeadlineMs }));
  await Promise.race([work, afterDeadline]).finally(() => listening.abort());
}
