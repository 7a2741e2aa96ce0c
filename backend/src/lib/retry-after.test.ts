import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const now = Date.parse('Sun, 01 Mar 2026 10:00:00 GMT');

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 7 ', 7_000],
    ['0', 0],
    ['1.5', 1_500],
    ['Sun, 01 Mar 2026 10:01:30 GMT', 90_000],
    ['Sun, 01 Mar 2026 09:59:00 GMT', 0],
  ])('%j is a wait of %i ms', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });

  it.each(['999999999', 'Sun, 01 Mar 2037 10:00:00 GMT'])('%j is cut to half an hour', (header) => {
    expect(parseRetryAfter(header, now)).toBe(1_800_000);
  });

  it.each([undefined, '', 'soon', '-5 s', 'NaN'])('%j means nothing', (header) => {
    expect(parseRetryAfter(header, now)).toBeUndefined();
  });
});
