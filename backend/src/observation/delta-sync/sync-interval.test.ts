import { describe, expect, it } from 'vitest';
import { baseIntervalMs, longestIntervalMs, nextIntervalMs, nextSyncTime } from './sync-interval.ts';

const quiet = { isNotified: true, isQuiet: true, waitedMs: longestIntervalMs };

describe('the interval of a mailbox', () => {
  it('doubles while its notifications are seen to work, up to six hours', () => {
    const intervals = [baseIntervalMs];
    for (let cycle = 0; cycle < 6; cycle += 1) {
      intervals.push(nextIntervalMs({ ...quiet, currentMs: intervals.at(-1) }));
    }

    expect(intervals.map((ms) => ms / 60_000)).toEqual([15, 30, 60, 120, 240, 360, 360]);
    expect(longestIntervalMs).toBe(6 * 60 * 60_000);
  });

  it('is the shortest again when a cycle finds what no notification had told', () => {
    expect(nextIntervalMs({ ...quiet, isQuiet: false, currentMs: longestIntervalMs })).toBe(baseIntervalMs);
  });

  it('stays as it is after a cycle that was asked for early', () => {
    expect(nextIntervalMs({ ...quiet, waitedMs: 60_000, currentMs: 2 * baseIntervalMs })).toBe(2 * baseIntervalMs);
  });

  it('is always the shortest without a subscription', () => {
    expect(nextIntervalMs({ ...quiet, isNotified: false, currentMs: baseIntervalMs })).toBe(baseIntervalMs);
  });
});

describe('the next synchronization', () => {
  it('is counted from the beginning of the last one, with a tenth left to chance', () => {
    expect(nextSyncTime(1_000_000, 600_000, 1_100_000, 0).getTime()).toBe(1_540_000);
    expect(nextSyncTime(1_000_000, 600_000, 1_100_000, 1).getTime()).toBe(1_600_000);
  });

  it('follows at once a cycle that took longer than its interval', () => {
    expect(nextSyncTime(1_000_000, 600_000, 9_000_000).getTime()).toBe(9_000_000);
  });
});
