import { Deadline } from './deadline.ts';
import type { Logger } from '../logger.ts';
import type { ReleaseStack } from './release-stack.ts';
import { watch } from './liveness-probe.ts';

/** When a store is gone there is nothing to wait for: what is open is given this long, then cut. */
const storeGoneLimitMs = 4_000;
const lookMs = 500;

export interface GracefulShutdown {
  readonly stack: ReleaseStack;
  readonly logger: Logger;
  /** How long it may take while the stores answer. */
  readonly limitMs: number;
  /** Resolves while the stores answer; one that takes longer than `answerMs` counts as gone. */
  readonly askStores: () => Promise<unknown>;
  readonly answerMs: number;
}

/**
 * Releases everything on the stack. A store that is gone, or goes meanwhile, shortens the deadline.
 * @returns what was left behind, as `ReleaseStack.releaseAll`
 */
export async function shutDownGracefully(release: GracefulShutdown): Promise<readonly string[]> {
  const { stack, logger, limitMs, askStores, answerMs } = release;
  const deadline = new Deadline(limitMs);
  const onGone = (): void => deadline.shortenTo(storeGoneLimitMs);
  const endWatch = watch({ ask: askStores, onGone, everyMs: lookMs, answerMs });
  const left = await stack.releaseAll(deadline.signal, logger);
  endWatch();
  deadline.clear();
  return left;
}
