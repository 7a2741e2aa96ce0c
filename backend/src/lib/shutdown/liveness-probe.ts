import { setTimeout as delay } from 'node:timers/promises';
import pTimeout from 'p-timeout';

export interface WatchOptions {
  /** Resolves while all is well. */
  readonly ask: () => Promise<unknown>;
  /** Called once, when an answer fails or takes longer than `answerMs`. */
  readonly onGone: () => void;
  readonly everyMs: number;
  readonly answerMs: number;
}

/** @returns whether `ask` resolves within `limitMs` */
export async function isAnswering(ask: () => Promise<unknown>, limitMs: number): Promise<boolean> {
  try {
    await pTimeout(ask(), { milliseconds: limitMs });
    return true;
  } catch {
    return false;
  }
}

/**
 * Asks at once, and then again every `everyMs`, until the first answer that is missing.
 * @returns a function that ends the watch
 */
export function watch({ ask, onGone, everyMs, answerMs }: WatchOptions): () => void {
  const ended = new AbortController();
  const look = async (): Promise<void> => {
    while (await isAnswering(ask, answerMs)) {
      await delay(everyMs, undefined, { signal: ended.signal, ref: false });
    }
    if (!ended.signal.aborted) onGone();
  };
  look().catch(() => undefined); // the watch was ended
  return () => ended.abort();
}
