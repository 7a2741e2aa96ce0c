import { setTimeout as delay } from 'node:timers/promises';
import pTimeout from 'p-timeout';

export interface ProbeOptions {
  /** Resolves while the probed service is available. */
  readonly ask: () => Promise<unknown>;
  /** Called once, when an answer fails or takes longer than `answerMs`. */
  readonly onGone: () => void;
  readonly everyMs: number;
  readonly answerMs: number;
}

/** Returns true when `ask` resolves within `limitMs`. */
export async function isAnswering(ask: () => Promise<unknown>, limitMs: number): Promise<boolean> {
  try {
    await pTimeout(ask(), { milliseconds: limitMs });
    return true;
  } catch {
    return false;
  }
}

/**
 * Probes at once and then every `everyMs`, until the first failure.
 * @returns a function that ends the probing
 */
export function probeUntilGone({ ask, onGone, everyMs, answerMs }: ProbeOptions): () => void {
  const ended = new AbortController();
  const probe = async (): Promise<void> => {
    while (await isAnswering(ask, answerMs)) {
      await delay(everyMs, undefined, { signal: ended.signal, ref: false });
    }
    if (!ended.signal.aborted) onGone();
  };
  probe().catch(() => undefined); // the probing was ended
  return () => ended.abort();
}
