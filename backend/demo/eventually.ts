import { setTimeout as delay } from 'node:timers/promises';

const firstWaitMs = 100;
const longestWaitMs = 1_500;
const waitGrowth = 1.4;
/** Far more than it takes on a quiet machine. */
const defaultLimitMs = 180_000;

interface Patience {
  readonly signal: AbortSignal;
  readonly limitMs?: number;
}

/**
 * Asks again and again, at growing intervals, until there is an answer.
 * @param what is awaited, for the message of the error
 * @param probe undefined: not yet
 * @throws Error when there is none within the limit; what `probe` throws; the signal's reason
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  { signal, limitMs = defaultLimitMs }: Patience,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * waitGrowth, longestWaitMs)) {
    signal.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() >= deadline) throw new Error(`timed out after ${limitMs / 1_000} s waiting until ${what}`);
    await pause(waitMs, signal);
  }
}

/** @throws the signal's reason */
export async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  await delay(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
}
