import type { Aggressiveness } from '../../models/index.ts';
import type { SuggestedType } from '../detection/outcome.ts';
import type { Forecast } from './ladder.ts';

/**
 * `sure`: one click; `likely`: to be looked at first; `watching`: a habit that is not proven yet.
 */
export type Tier = 'sure' | 'likely' | 'watching';

interface Bar extends Forecast {
  readonly messages: number;
}

// Higher where a mistake costs more: C. K. Chow, "On optimum recognition error and reject tradeoff" (1970); C. Elkan, "The
// foundations of cost-sensitive learning" (2001).
const sure: Readonly<Record<SuggestedType, Bar>> = {
  delete: { mean: 0.955, good: 0.95, messages: 4 },
  move: { mean: 0.9, good: 0.85, messages: 4 },
  archive: { mean: 0.9, good: 0.85, messages: 4 },
  markRead: { mean: 0.85, good: 0.75, messages: 4 },
};

const likely: Readonly<Record<SuggestedType, Bar>> = {
  delete: { mean: 0.88, good: 0.8, messages: 3 },
  move: { mean: 0.8, good: 0.65, messages: 3 },
  archive: { mean: 0.8, good: 0.65, messages: 3 },
  markRead: { mean: 0.75, good: 0.6, messages: 3 },
};

/** What the owner's boldness adds to the bar of the mean. */
const shifts: Readonly<Record<Aggressiveness, number>> = { conservative: 0.02, moderate: 0, aggressive: -0.03 };
/** No bar is as high that nothing can reach it. */
const highestMean = 0.985;

interface Judged {
  readonly actionType: SuggestedType;
  readonly aggressiveness: Aggressiveness;
  /** Messages seen. */
  readonly messages: number;
}

/** Returns the tier of a habit by its forecast. */
export function tierOf(forecast: Forecast, judged: Judged): Tier {
  const { actionType } = judged;
  if (reaches(forecast, sure[actionType], judged)) return 'sure';
  return reaches(forecast, likely[actionType], judged) ? 'likely' : 'watching';
}

/** Returns the forecasts from which on an action is suggested, and from which on it is sure, from 0 to 1. */
export function leastMeans(
  actionType: SuggestedType,
  aggressiveness: Aggressiveness,
): { readonly likely: number; readonly sure: number } {
  const leastMean = (bar: Bar): number => Math.min(highestMean, bar.mean + shifts[aggressiveness]);
  return { likely: leastMean(likely[actionType]), sure: leastMean(sure[actionType]) };
}

function reaches({ mean, good }: Forecast, bar: Bar, { aggressiveness, messages }: Judged): boolean {
  const leastMean = Math.min(highestMean, bar.mean + shifts[aggressiveness]);
  return messages >= bar.messages && mean >= leastMean && good >= bar.good;
}
