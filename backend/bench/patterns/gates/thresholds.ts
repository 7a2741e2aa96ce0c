import type { Aggressiveness } from '../../../src/models/index.ts';
import type { SuggestedAction } from '../../../src/patterns/detection/outcome.ts';

/** Percent: the lowest threshold, whatever the settings. */
const leastThreshold = 65;

/** Percent of the bound, higher where a mistake costs more. */
const thresholds: Readonly<Record<SuggestedAction['actionType'], number>> = {
  delete: 80,
  move: 75,
  archive: 75,
  markRead: 75,
};

const thresholdShifts: Readonly<Record<Aggressiveness, number>> = { conservative: 7, moderate: 0, aggressive: -10 };

const leastShares: Readonly<Record<Aggressiveness, number>> = { conservative: 0.98, moderate: 0.96, aggressive: 0.9 };

/** Returns the confidence, in percent, from which on an action is suggested. */
export function thresholdOf(actionType: SuggestedAction['actionType'], aggressiveness: Aggressiveness): number {
  return Math.max(leastThreshold, thresholds[actionType] + thresholdShifts[aggressiveness]);
}

/**
 * Returns the share of mail, from 0 to 1, that must have followed. The bound alone would admit a busy sender with one
 * exception in ten messages: a hundred wrong actions per thousand.
 */
export function leastShareOf(aggressiveness: Aggressiveness): number {
  return leastShares[aggressiveness];
}
