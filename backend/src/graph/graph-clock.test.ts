import { describe, expect, it, vi } from 'vitest';
import { hourMs, minuteMs, secondMs } from '../lib/durations.ts';
import { createGraphClock } from './graph-clock.ts';

const now = Date.UTC(2026, 5, 1, 12);

/** A clock that has seen answers of a Graph that is ahead by these times. */
function clockAfter(...aheadMs: readonly number[]) {
  const onWrong = vi.fn<(offsetMs: number) => void>();
  const clock = createGraphClock({ onWrong });
  for (const ahead of aheadMs) answer(clock, ahead);
  return { clock, onWrong };
}

function answer(clock: ReturnType<typeof createGraphClock>, aheadMs: number, tookMs = 100): void {
  const date = new Date(now + tookMs / 2 + aheadMs).toUTCString();
  clock.observe(date, { sentAt: now, answeredAt: now + tookMs });
}

describe("Graph's clock", () => {
  it('is ours before the first answer', () => {
    const { clock } = clockAfter();

    expect(clock.offsetMs()).toBeUndefined();
    expect(clock.toGraphTime(now)).toBe(now);
  });

  it.each([hourMs, -hourMs, 20 * 365 * 24 * hourMs])('is known from the first answer, %i ms away', (aheadMs) => {
    const { clock } = clockAfter(aheadMs);

    expect(Math.abs(clock.toGraphTime(now) - now - aheadMs)).toBeLessThanOrEqual(secondMs);
  });

  it('is ours when they agree within the two seconds that the header can tell', () => {
    expect(clockAfter(0, 900, -900, 1_400).clock.offsetMs()).toBe(0);
  });

  it('does not move by less than two seconds: what happened in between stays in order', () => {
    const { clock } = clockAfter(minuteMs);
    const first = clock.offsetMs();

    for (let index = 0; index < 9; index += 1) answer(clock, minuteMs + secondMs);

    expect(clock.offsetMs()).toBe(first);
  });

  it('is not told from one odd answer, nor from a slow one', () => {
    const { clock } = clockAfter(0, 0, 0, hourMs);
    for (let index = 0; index < 5; index += 1) answer(clock, hourMs, minuteMs);

    expect(clock.offsetMs()).toBe(0);
    clock.observe(null, { sentAt: now, answeredAt: now });
    clock.observe('yesterday', { sentAt: now, answeredAt: now });
    expect(clock.offsetMs()).toBe(0);
  });

  it('follows when our clock is set right', () => {
    expect(clockAfter(hourMs, hourMs, hourMs, hourMs, hourMs, 0, 0, 0).clock.offsetMs()).toBe(0);
  });

  it('is told about once when it is more than five minutes away', () => {
    const { clock, onWrong } = clockAfter(4 * minuteMs, 4 * minuteMs);
    const before = onWrong.mock.calls.length;
    for (let index = 0; index < 20; index += 1) answer(clock, hourMs);

    expect(before).toBe(0);
    expect(onWrong).toHaveBeenCalledExactlyOnceWith(expect.closeTo(hourMs, -4));
  });
});
