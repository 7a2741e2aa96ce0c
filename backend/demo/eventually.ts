import { setTimeout as delay } from 'node:timers/promises';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1_500;
const GROWTH = 1.4;
/** Far more than it takes on a quiet machine. */
const LIMIT_MS = 180_000;

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
  { signal, limitMs = LIMIT_MS }: Patience,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * GROWTH, LONGEST_WAIT_MS)) {
    signal.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() >= deadline) throw new Error(`waited ${limitMs / 1_000} s in vain until ${what}`);
    await pause(waitMs, signal);
  }
}

/** @throws the signal's reason */
export async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  await delay(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
}
