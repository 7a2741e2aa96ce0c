import { type GraphError, ResourceMissingError, ThrottledError } from './errors.ts';
import type { MailboxLimiter } from './limiter.ts';
import type { GraphRequest, SendOptions } from './request.ts';
import { minuteMs } from '../lib/durations.ts';

const maxRetries = 5;
const firstBackoffMs = 500;
const longestBackoffMs = 15_000;
const defaultMaxWaitMs = minuteMs;

interface Patience {
  readonly signal: AbortSignal;
  /** Waits that would end later, by the limiter's clock, are not begun. */
  readonly waitUntilMs: number;
}

/** Returns the deadline for waits of a request that is sent now; a minute by default. */
export function patienceOf({ signal, maxWaitMs = defaultMaxWaitMs }: SendOptions, limiter: MailboxLimiter): Patience {
  return { signal, waitUntilMs: limiter.now() + maxWaitMs };
}

/**
 * Returns the wait before a retry in milliseconds: exponential, with a random second half so that clients that failed
 * together do not retry together.
 * @param retry 1 for the first
 * @param random from 0 to 1
 * @internal exported for its tests
 */
export function backoffMs(retry: number, random: () => number = Math.random): number {
  const fullMs = Math.min(firstBackoffMs * 2 ** (retry - 1), longestBackoffMs);
  return Math.round(fullMs * (0.5 + random() / 2));
}

/**
 * Tells if a failed request should be sent again.
 * @param retry number of the retry, 1 for the first
 */
export function isWorthRetry(
  error: GraphError,
  request: Pick<GraphRequest<unknown>, 'repeatable' | 'is404Final'>,
  retry: number,
): boolean {
  if (error instanceof ResourceMissingError && request.is404Final === true) return false;
  return retry <= maxRetries && error.retryable && (request.repeatable || !error.mayHaveHappened);
}

/**
 * Pauses the whole mailbox when Graph asks for it with Retry-After, and after every 429. Call it before the failed
 * request releases its place, or the next request starts.
 * @param errors the errors of requests that were sent together
 * @param retry number of the retry that the pause precedes, 1 for the first
 * @returns true when the mailbox is paused now
 */
export function pauseMailbox(errors: readonly GraphError[], retry: number, limiter: MailboxLimiter): boolean {
  const askedMs = Math.max(0, ...errors.map(({ retryAfterMs = 0 }) => retryAfterMs));
  const isThrottled = errors.some((error) => error instanceof ThrottledError);
  if (askedMs === 0 && !isThrottled) return false;
  limiter.pauseFor(askedMs > 0 ? askedMs : backoffMs(retry));
  return true;
}

/**
 * Waits before a retry of a mailbox that is not paused.
 * @returns false, at once, when the wait would take too long
 * @throws the signal's reason when it is aborted
 */
export async function backOff(retry: number, limiter: MailboxLimiter, patience: Patience): Promise<boolean> {
  const waitMs = backoffMs(retry);
  if (limiter.now() + waitMs > patience.waitUntilMs) return false;
  await limiter.wait(waitMs, patience.signal);
  return true;
}
