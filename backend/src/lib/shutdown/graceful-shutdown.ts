import { Deadline } from './deadline.ts';
import type { Logger } from '../logger.ts';
import type { ReleaseStack } from './release-stack.ts';
import { probeUntilGone } from './liveness-probe.ts';

/** Time limit of the shutdown once a store is unavailable. */
const storeGoneLimitMs = 4_000;
const probeEveryMs = 500;

export interface GracefulShutdown {
  readonly stack: ReleaseStack;
  readonly logger: Logger;
  /** Time limit while the stores answer. */
  readonly limitMs: number;
  /** Resolves while the stores answer; a store that takes longer than `answerMs` counts as unavailable. */
  readonly askStores: () => Promise<unknown>;
  readonly answerMs: number;
}

/**
 * Releases everything on the stack. An unavailable store shortens the deadline.
 * @returns the releases that failed or timed out, as `ReleaseStack.releaseAll`
 */
export async function shutDownGracefully(release: GracefulShutdown): Promise<readonly string[]> {
  const { stack, logger, limitMs, askStores, answerMs } = release;
  const deadline = new Deadline(limitMs);
  const onGone = (): void => deadline.shortenTo(storeGoneLimitMs);
  const endProbe = probeUntilGone({ ask: askStores, onGone, everyMs: probeEveryMs, answerMs });
  const left = await stack.releaseAll(deadline.signal, logger);
  endProbe();
  deadline.clear();
  return left;
}
