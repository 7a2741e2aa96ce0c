import { type UnitCounts, likelihood, posterior, rates, type Weights } from '../../src/patterns/ladder/grid.ts';

const rounds = 60;
/** What keeps a rate from becoming impossible. */
const smoothing = 0.3;

/**
 * Fits the distribution of rates from which the given counts were drawn: nonparametric maximum likelihood by EM.
 * Sources: J. Kiefer and J. Wolfowitz, Annals of Mathematical Statistics 27 (1956); N. Laird, Journal of the American
 * Statistical Association 73 (1978).
 * @returns the weights over `rates`, adding up to 1
 */
export function fitPrior(counts: readonly UnitCounts[]): number[] {
  const likely = counts.map(likelihood);
  let prior: Weights = rates.map(() => 1 / rates.length);
  for (let round = 0; round < rounds; round++) {
    const sums = rates.map(() => smoothing);
    for (const one of likely) {
      for (const [index, weight] of posterior(prior, one).entries()) sums[index] = (sums[index] ?? 0) + weight;
    }
    const total = counts.length + smoothing * rates.length;
    prior = sums.map((sum) => sum / total);
  }
  return [...prior];
}
