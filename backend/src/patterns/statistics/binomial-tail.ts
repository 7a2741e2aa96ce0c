import { incompleteBeta } from './incomplete-beta.ts';

/** Below it a weighted count says nothing, and the incomplete beta function is not computed. */
const leastCount = 0.5;

/**
 * How likely at least `followed` of `seen` messages follow by chance when the true share is `share`: the one-sided
 * p-value of the hypothesis "the true share is at most `share`". For whole numbers it is the exact binomial tail; the
 * identity P(K ≥ k) = I_p(k, n − k + 1) carries it over to weighted counts.
 */
export function binomialTail(followed: number, seen: number, share: number): number {
  if (followed < leastCount) return 1;
  return incompleteBeta(share, followed, seen - followed + 1);
}
