import type { Aggressiveness } from '../../models/index.ts';
import type { SuggestedAction } from './outcome.ts';

/** Percent; below it no pattern is suggested, whatever the settings. */
const leastThreshold = 65;

/** Percent of the bound, by how much it costs to be wrong. */
const thresholds: Readonly<Record<SuggestedAction['actionType'], number>> = {
  delete: 80,
  move: 75,
  archive: 75,
  markRead: 75,
};

const thresholdShifts: Readonly<Record<Aggressiveness, number>> = { conservative: 7, moderate: 0, aggressive: -10 };

const leastShares: Readonly<Record<Aggressiveness, number>> = { conservative: 0.98, moderate: 0.96, aggressive: 0.9 };

/** The confidence, in percent, from which on an action is suggested. */
export function thresholdOf(actionType: SuggestedAction['actionType'], aggressiveness: Aggressiveness): number {
  return Math.max(leastThreshold, thresholds[actionType] + thresholdShifts[aggressiveness]);
}

/**
 * The share, from 0 to 1, of the mail that must have followed: the bound alone lets a busy sender through of whose mail
 * one in ten goes elsewhere, and that is a hundred wrong actions per thousand.
 */
export function leastShareOf(aggressiveness: Aggressiveness): number {
  return leastShares[aggressiveness];
}
