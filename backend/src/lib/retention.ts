import { dayMs } from './durations.ts';

/**
 * Days for which events are kept. The store removes older ones, so nothing that reads events (detection, replay,
 * reports, coverage) can look further back, and a first synchronization need not reach further.
 */
export const eventRetentionDays = 90;
export const eventRetentionMs = eventRetentionDays * dayMs;
