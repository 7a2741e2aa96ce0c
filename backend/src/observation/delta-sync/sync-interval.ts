import { hourMs, minuteMs } from '../../lib/durations.ts';

/** How often a mailbox is synchronized when nothing speaks for less: as often as the job runs. */
export const baseIntervalMs = 15 * minuteMs;
/** How rarely at most: what every notification missed is found after this time. */
export const longestIntervalMs = 6 * hourMs;

/** The least part of an interval that is waited; the rest is left to chance, so that mailboxes do not march in step. */
const leastPart = 0.9;

interface FinishedCycle {
  /** The interval that led to it. */
  readonly currentMs?: number | undefined;
  /** Whether Graph tells of changes by itself now. */
  readonly isNotified: boolean;
  /** Whether the cycle found nothing that the notifications had not brought. */
  readonly isQuiet: boolean;
  /** How long the mailbox was left alone before it: a cycle that was asked for early proves little. */
  readonly waitedMs: number;
}

/**
 * How long until the next synchronization: twice as long as the last time while the notifications are seen to work,
 * as long as the last time after a cycle that came early, the shortest time as soon as they are not.
 */
export function nextIntervalMs(cycle: FinishedCycle): number {
  const { currentMs = baseIntervalMs, isNotified, isQuiet, waitedMs } = cycle;
  if (!isNotified || !isQuiet) return baseIntervalMs;
  return waitedMs < leastPart * currentMs ? currentMs : Math.min(2 * currentMs, longestIntervalMs);
}

/**
 * When a mailbox is due again; a cycle that took longer than its interval is followed at once.
 * @param startedAt of the cycle that has just finished, milliseconds since the epoch as `now`
 * @param random from 0 to 1
 */
export function nextSyncTime(startedAt: number, intervalMs: number, now: number, random: number = Math.random()): Date {
  return new Date(Math.max(now, startedAt + Math.round(intervalMs * (leastPart + (1 - leastPart) * random))));
}
