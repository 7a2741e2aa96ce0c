import { type GraphError, ThrottledError } from './errors.ts';
import type { MailboxLimiter } from './limiter.ts';
import type { GraphRequest, SendOptions } from './request.ts';
import { minuteMs } from '../lib/durations.ts';

const maxRetries = 5;
const firstBackoffMs = 500;
const longestBackoffMs = 15_000;
const defaultMaxWaitMs = minuteMs;

interface Patience {
  readonly signal: AbortSignal;
  /** No wait is begun that ends later, by the limiter's clock. */
  readonly waitUntilMs: number;
}

/** How long a request that is sent now may be held back; a minute when it does not say. */
export function patienceOf({ signal, maxWaitMs = defaultMaxWaitMs }: SendOptions, limiter: MailboxLimiter): Patience {
  return { signal, waitUntilMs: limiter.now() + maxWaitMs };
}

/**
 * The wait before a retry: doubled each time, the second half of it left to chance so that clients that failed
 * together do not come back together.
 * @param retry 1 for the first
 * @param random from 0 to 1
 */
export function backoffMs(retry: number, random: () => number = Math.random): number {
  const fullMs = Math.min(firstBackoffMs * 2 ** (retry - 1), longestBackoffMs);
  return Math.round(fullMs * (0.5 + random() / 2));
}

/**
 * Whether a failed request is to be sent again.
 * @param retry how many retries it would make, this one counted
 */
export function isWorthRetry(
  error: GraphError,
  request: Pick<GraphRequest<unknown>, 'repeatable'>,
  retry: number,
): boolean {
  return retry <= maxRetries && error.retryable && (request.repeatable || !error.mayHaveHappened);
}

/**
 * Holds the whole mailbox back when Graph asks for it with Retry-After, and after every 429. It belongs before the
 * failed request gives its place away, or the next one slips in.
 * @param errors what requests that were sent together failed with
 * @param retry which one the pause would come before, 1 for the first
 * @returns whether the mailbox is paused now
 */
export function pauseMailbox(errors: readonly GraphError[], retry: number, limiter: MailboxLimiter): boolean {
  const askedMs = Math.max(0, ...errors.map(({ retryAfterMs = 0 }) => retryAfterMs));
  const isThrottled = errors.some((error) => error instanceof ThrottledError);
  if (askedMs === 0 && !isThrottled) return false;
  limiter.pauseFor(askedMs > 0 ? askedMs : backoffMs(retry));
  return true;
}

/**
 * Waits before a retry that no pause of the mailbox holds back.
 * @returns false, at once, when the wait would take too long
 * @throws the signal's reason when it is aborted
 */
export async function backOff(retry: number, limiter: MailboxLimiter, patience: Patience): Promise<boolean> {
  const waitMs = backoffMs(retry);
  if (limiter.now() + waitMs > patience.waitUntilMs) return false;
  await limiter.wait(waitMs, patience.signal);
  return true;
}
