import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustByBenjaminiHochberg } from './benjamini-hochberg.ts';

/** What a product and a quotient may be off by. */
const rounding = 1 + 1e-12;

describe('the adjustment by Benjamini and Hochberg', () => {
  it('rejects the four hypotheses of the example in their paper', () => {
    const pValues = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
    ];

    const rejected = adjustByBenjaminiHochberg(pValues).map((adjusted) => adjusted <= 0.05);

    expect(rejected).toEqual(pValues.map((_pValue, index) => index < 4));
  });

  it('keeps the order of what it is given, and never lets a smaller p-value end above a larger one', () => {
    expect(adjustByBenjaminiHochberg([0.04, 0.01, 0.03])).toEqual([0.04, 0.03, 0.04]);
    expect(adjustByBenjaminiHochberg([0.02, 0.02])).toEqual([0.02, 0.02]);
    expect(adjustByBenjaminiHochberg([])).toEqual([]);
  });

  it('never makes a hypothesis surer than it is alone, nor less sure than Bonferroni', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 }), (pValues) => {
        for (const [index, adjusted] of adjustByBenjaminiHochberg(pValues).entries()) {
          const pValue = pValues[index] ?? 0;
          expect(adjusted * rounding).toBeGreaterThanOrEqual(pValue);
          expect(adjusted).toBeLessThanOrEqual(Math.min(1, pValue * pValues.length) * rounding);
        }
      }),
    );
  });
});
