import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilsonInterval, wilsonLowerBound } from './wilson.ts';

describe('the Wilson interval', () => {
  it.each([
    [3, 3, 0.4385], // nothing but the formula: n / (n + z²)
    [16, 16, 0.8064],
    [73, 73, 0.95],
    [0, 10, 0],
    [1, 10, 0.0179],
    [5, 10, 0.2366],
    [9, 10, 0.5958],
    [95, 100, 0.8882],
    [12.5, 13, 0.7166],
  ])('has its lower end for %d of %d at %d', (followed, seen, lower) => {
    expect(wilsonLowerBound(followed, seen)).toBeCloseTo(lower, 4);
  });

  // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %d in %d is that of the literature', (followed, seen, lower, upper) => {
    const interval = wilsonInterval(followed, seen);

    expect(interval.lower).toBeCloseTo(lower, 4);
    expect(interval.upper).toBeCloseTo(upper, 4);
  });

  it('of nothing seen knows nothing', () => {
    expect(wilsonInterval(0, 0)).toEqual({ lower: 0, upper: 1 });
  });

  it.each([
    [-1, 3],
    [4, 3],
    [Number.NaN, 3],
  ])('refuses %d of %d', (followed, seen) => {
    expect(() => wilsonInterval(followed, seen)).toThrow(RangeError);
  });

  it('holds the share, mirrors itself, and narrows with more of the same', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 10_000 }), (share, seen) => {
        const { lower, upper } = wilsonInterval(share * seen, seen);
        const mirrored = wilsonInterval(seen - share * seen, seen);
        const more = wilsonInterval(share * seen * 2, seen * 2);

        expect(lower).toBeLessThanOrEqual(share + 1e-12);
        expect(upper).toBeGreaterThanOrEqual(share - 1e-12);
        expect(mirrored.lower).toBeCloseTo(1 - upper, 9);
        expect(more.upper - more.lower).toBeLessThan(upper - lower);
      }),
    );
  });
});
