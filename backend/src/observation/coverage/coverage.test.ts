import { describe, expect, it } from 'vitest';
import { blindWindowOf, type WatchedUntil } from './coverage.ts';
import { minuteMs } from '../../lib/durations.ts';

const now = Date.UTC(2026, 5, 1, 12);
const ago = (minutes: number): Date => new Date(now - minutes * minuteMs);

function windowOf(watched: Omit<WatchedUntil, 'now'>) {
  return blindWindowOf({ now, ...watched });
}

describe('the time before a synchronization', () => {
  it('was seen when the mailbox is looked at when it is due', () => {
    expect(windowOf({ seenUntil: ago(15), dueAt: ago(0), connectedAt: ago(1_000) })).toBeUndefined();
    expect(windowOf({ seenUntil: ago(34), dueAt: ago(19), connectedAt: ago(1_000) })).toBeUndefined();
  });

  it('is not counted before the first synchronization', () => {
    expect(windowOf({ connectedAt: ago(300) })).toBeUndefined();
    expect(windowOf({ connectedAt: ago(300), dueAt: ago(300) })).toBeUndefined();
  });

  it('was blind from the last synchronization on when the next one is overdue', () => {
    const window = windowOf({ seenUntil: ago(200), dueAt: ago(185), connectedAt: ago(1_000) });

    expect(window).toEqual({ from: ago(200), to: ago(0), reason: 'service_down' });
  });

  it('was seen by notifications while a mailbox that is let wait is not due', () => {
    expect(windowOf({ seenUntil: ago(350), dueAt: ago(-10), connectedAt: ago(1_000) })).toBeUndefined();
  });

  it('was blind while the mailbox was disconnected, however short that was', () => {
    const watched = { seenUntil: ago(20), dueAt: ago(5), connectedAt: ago(2), disconnectedAt: ago(9) };

    expect(windowOf(watched)).toEqual({ from: ago(9), to: ago(0), reason: 'disconnected' });
  });

  it('was seen when the mailbox was connected again without having lost its connection', () => {
    expect(windowOf({ seenUntil: ago(10), dueAt: ago(-4), connectedAt: ago(3) })).toBeUndefined();
    expect(
      windowOf({ seenUntil: ago(10), dueAt: ago(-4), connectedAt: ago(3), disconnectedAt: ago(9_000) }),
    ).toBeUndefined();
  });

  it('was blind from the last synchronization on when it is not on record when the connection was lost', () => {
    const window = windowOf({ seenUntil: ago(200), dueAt: ago(185), connectedAt: ago(3) });

    expect(window).toEqual({ from: ago(200), to: ago(0), reason: 'disconnected' });
  });
});
