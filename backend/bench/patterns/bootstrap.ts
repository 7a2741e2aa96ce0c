import type { Random } from './random.ts';
import { addScores, type Score } from './score.ts';

const resamples = 1_000;

/**
 * Returns the middle 95 % of a measure over mailboxes that are drawn with replacement.
 * Source: B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979).
 * @param scores one of each mailbox
 */
export function bootstrapInterval(
  scores: readonly Score[],
  measure: (total: Score) => number,
  random: Random,
): readonly [low: number, high: number] {
  const values = Array.from({ length: resamples }, () => {
    const drawn = scores.flatMap(() => scores[Math.floor(random() * scores.length)] ?? []);
    return measure(addScores(drawn));
  }).toSorted((one, two) => one - two);
  const at = (share: number): number => values[Math.floor(share * (values.length - 1))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}
