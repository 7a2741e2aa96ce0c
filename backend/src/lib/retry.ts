import pRetry, { AbortError } from 'p-retry';
import { toError } from './errors.ts';

export interface BackoffOptions {
  /** The number of attempts in all. */
  readonly tries: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** Ends the waiting, and the waiting for an attempt under way, at once. */
  readonly signal: AbortSignal;
  /** Told of each failure; `delayMs` is missing after the last try. */
  readonly onFailure: (failure: { attempt: number; tries: number; delayMs?: number; error: Error }) => void;
}

/** Wraps a failure that no further try will heal. */
export function permanent(error: Error): Error {
  return new AbortError(error);
}

/**
 * Runs `attempt` until it succeeds: the wait doubles from `minDelayMs` up to `maxDelayMs`.
 * @returns what the first successful attempt returned
 * @throws the last attempt's error; a `permanent` one at once; the signal's reason when it is aborted
 */
export async function withBackoff<T>(attempt: () => Promise<T>, options: BackoffOptions): Promise<T> {
  const { tries, minDelayMs, maxDelayMs, signal, onFailure } = options;
  return pRetry(() => unlessAborted(attempt(), signal), {
    retries: tries - 1,
    minTimeout: minDelayMs,
    maxTimeout: maxDelayMs,
    factor: 2,
    signal,
    onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
      signal.throwIfAborted();
      const delayMs = Math.min(minDelayMs * 2 ** (attemptNumber - 1), maxDelayMs);
      onFailure({ attempt: attemptNumber, tries, error, ...(retriesLeft > 0 ? { delayMs } : {}) });
    },
  });
}

/**
 * Waits for `promise`, but no longer than until `signal` is aborted.
 * @throws the signal's reason when it comes first
 */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined); // nobody waits for it once the signal is aborted
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(toError(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
