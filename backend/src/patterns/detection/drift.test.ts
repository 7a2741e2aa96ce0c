import { describe, expect, it } from 'vitest';
import { hasProvenItself, shouldSuspend } from './drift.ts';

function contradictions(count: number, of: number): boolean[] {
  return Array.from({ length: of }, (_, index) => index < count);
}

describe('the rule of an approved pattern', () => {
  it.each([
    ['three of the last ten', contradictions(3, 10), 'contradicted'],
    ['three of three', contradictions(3, 3), 'contradicted'],
    ['two of the last ten', contradictions(2, 10), undefined],
    ['three, but one of them long ago', [true, ...contradictions(2, 10)], undefined],
  ])('is tested by what its owner contradicted: %s', (_name, contradicted, expected) => {
    expect(shouldSuspend({ threshold: 80, contradicted, recentSeen: 0, recentFollowed: 0 })).toBe(expected);
  });

  it.each([
    [100, 100, undefined],
    [100, 75, undefined], // 65.7 % is 14 points under
    [100, 74, 'bound-fell'], // 64.6 %
    [8, 7, 'bound-fell'],
    [8, 8, undefined],
    [7, 1, undefined], // even 7 of 7 is only 64.6 %: not enough mail to fall
    [0, 0, undefined],
  ])('is tested by the last 30 days: of %d messages %d followed', (recentSeen, recentFollowed, expected) => {
    expect(shouldSuspend({ threshold: 80, contradicted: [], recentSeen, recentFollowed })).toBe(expected);
  });
});

describe('a rule that was likely only', () => {
  it.each([
    [5, [], true],
    [4, [], false],
    [9, [0, 1], true],
    [9, [5], false],
  ])('has proven itself by %d messages, of which these were contradicted: %o', (of, indexes: number[], expected) => {
    const contradicted = Array.from({ length: of }, (_, index) => indexes.includes(index));

    expect(hasProvenItself({ contradicted })).toBe(expected);
  });
});
