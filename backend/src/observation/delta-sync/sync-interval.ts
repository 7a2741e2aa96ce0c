import { hourMs, minuteMs } from '../../lib/durations.ts';

/** Interval of a mailbox without reliable change notifications: that of the scheduled job. */
export const baseIntervalMs = 15 * minuteMs;
/** Longest interval: changes without a change notification are found after this time at the latest. */
export const longestIntervalMs = 6 * hourMs;

/** Fixed part of an interval; the rest is random, so that mailboxes do not run in step. */
const leastPart = 0.9;

interface FinishedCycle {
  /** The interval before the cycle. */
  readonly currentMs?: number | undefined;
  /** True when Graph sends change notifications for the mailbox. */
  readonly isNotified: boolean;
  /** True when the cycle found only changes that had been notified. */
  readonly isQuiet: boolean;
  /** Time since the previous cycle: a cycle that ran early proves little. */
  readonly waitedMs: number;
}

/**
 * Returns the interval until the next synchronization: doubled while change notifications are reliable, unchanged after
 * a cycle that ran early, and the shortest one as soon as notifications are unreliable.
 */
export function nextIntervalMs(cycle: FinishedCycle): number {
  const { currentMs = baseIntervalMs, isNotified, isQuiet, waitedMs } = cycle;
  if (!isNotified || !isQuiet) return baseIntervalMs;
  return waitedMs < leastPart * currentMs ? currentMs : Math.min(2 * currentMs, longestIntervalMs);
}

/**
 * Returns when a mailbox is due again: at once after a cycle that took longer than its interval.
 * @param startedAt of the cycle that has just finished, milliseconds since the epoch as `now`
 * @param random from 0 to 1
 */
export function nextSyncTime(startedAt: number, intervalMs: number, now: number, random: number = Math.random()): Date {
  return new Date(Math.max(now, startedAt + Math.round(intervalMs * (leastPart + (1 - leastPart) * random))));
}
