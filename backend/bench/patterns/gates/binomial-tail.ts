import { incompleteBeta } from './incomplete-beta.ts';

/** A smaller weighted count is no evidence; the incomplete beta function needs at least this. */
const leastCount = 0.5;

/**
 * Returns the probability that at least `followed` of `seen` messages follow when the true share is `share`: the
 * one-sided p-value of "the true share is at most `share`". For whole numbers it is the exact binomial tail; the
 * identity P(K ≥ k) = I_p(k, n − k + 1) extends it to weighted counts.
 */
export function binomialTail(followed: number, seen: number, share: number): number {
  if (followed < leastCount) return 1;
  return incompleteBeta(share, followed, seen - followed + 1);
}
