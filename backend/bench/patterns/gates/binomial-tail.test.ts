import { describe, expect, it } from 'vitest';
import { binomialTail } from './binomial-tail.ts';

/** The tail as it is defined, term by term. */
function sumOfTerms(followed: number, seen: number, share: number): number {
  let total = 0;
  let term = (1 - share) ** seen;
  for (let count = 0; count <= seen; count++) {
    if (count >= followed) total += term;
    term *= ((seen - count) / (count + 1)) * (share / (1 - share));
  }
  return total;
}

describe('the binomial tail', () => {
  it.each([
    [14, 14, 0.8, 0.8 ** 14],
    [9, 10, 0.5, 11 / 1024],
    [0, 5, 0.3, 1],
    [18, 20, 0.75, 0.091_260_432_5],
    [100, 100, 0.95, 0.005_920_529_2],
    [7, 10, 0.2, 0.000_864_358_4],
  ])('of at least %d in %d at a share of %d is %d', (followed, seen, share, expected) => {
    expect(binomialTail(followed, seen, share)).toBeCloseTo(expected, 9);
  });

  it('is the sum of its terms for all small counts', () => {
    for (let seen = 1; seen <= 40; seen++) {
      for (let followed = 0; followed <= seen; followed++) {
        expect(binomialTail(followed, seen, 0.75)).toBeCloseTo(sumOfTerms(followed, seen, 0.75), 9);
      }
    }
  });

  it('lies between its neighbors for weighted counts', () => {
    const between = binomialTail(12.5, 13.2, 0.75);

    expect(between).toBeGreaterThan(binomialTail(13.2, 13.2, 0.75));
    expect(between).toBeLessThan(binomialTail(12, 13.2, 0.75));
    expect(between).toBeCloseTo(0.080_560_035_6, 9); // I_0.75(12.5, 1.7), by SciPy's beta.cdf
  });

  it('copes with as much mail as there can be', () => {
    expect(binomialTail(80_500, 100_000, 0.8)).toBeCloseTo(0.0000378, 6);
    expect(binomialTail(100_000, 100_000, 0.8)).toBe(0);
  });
});
