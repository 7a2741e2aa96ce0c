/**
 * The rates at which an owner may do something with mail of one kind, from 0 to 1: dense where a rule is decided. A
 * distribution over rates is a list of as many probabilities.
 */
export const rates = [
  0.005, 0.03, 0.08, 0.15, 0.25, 0.35, 0.45, 0.55, 0.62, 0.69, 0.75, 0.8, 0.83, 0.855, 0.875, 0.89, 0.905, 0.92, 0.93,
  0.94, 0.95, 0.96, 0.97, 0.978, 0.985, 0.99, 0.995, 0.999,
] as const;

/** From this rate on a rule is right often enough. */
export const goodRate = 0.8;

/** A distribution over `rates`, not necessarily adding up to 1. */
export type Weights = readonly number[];

/** UnitCounts of one unit of mail, weighted by age. */
export interface UnitCounts {
  readonly followed: number;
  readonly seen: number;
}

/** Returns the likelihood of counts at each rate, relative to the most likely one. */
export function likelihood({ followed, seen }: UnitCounts): number[] {
  const logs = rates.map((rate) => followed * Math.log(rate) + (seen - followed) * Math.log1p(-rate));
  const greatest = Math.max(...logs);
  return logs.map((log) => Math.exp(log - greatest));
}

/** Returns the distribution after the counts by Bayes' rule; it adds up to 1. */
export function posterior(prior: Weights, likely: Weights): number[] {
  return normalized(prior.map((weight, index) => weight * (likely[index] ?? 0)));
}

/** Scales weights so that they add up to 1. */
export function normalized(weights: Weights): number[] {
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

/** Returns the expected rate, from 0 to 1. @param distribution adds up to 1 */
export function meanRate(distribution: Weights): number {
  return sum(rates.map((rate, index) => rate * (distribution[index] ?? 0)));
}

/** Returns the probability of a rate of at least `goodRate`. @param distribution adds up to 1 */
export function chanceOfGood(distribution: Weights): number {
  return sum(rates.map((rate, index) => (rate >= goodRate ? (distribution[index] ?? 0) : 0)));
}

function sum(values: Weights): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
