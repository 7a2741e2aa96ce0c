import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tierOf } from './bars.ts';
import { likelihood, normalized, posterior, rates } from './grid.ts';
import { climb, type Forecast, type Levels, pooled, type Unit } from './ladder.ts';
import { priors } from './prior.ts';

const unit = (followed: number, seen: number, domain = 'shop.example', mailClass = 'other'): Unit => ({
  counts: { followed, seen },
  mailClass,
  domain,
});
/** Forecasts each unit of a mailbox. */
const forecastsOf = (units: readonly Unit[], known?: readonly Levels[]): Forecast[] => {
  const ladder = climb(units, priors.delete, known);
  return units.map((one, index) => ladder.forecast(one, index));
};
const alone = (followed: number, seen: number) => forecastsOf([unit(followed, seen)])[0];

describe('the forecast of a sender', () => {
  it('is what Bayes says of the prior and the counts, for a mailbox of one sender', () => {
    const expected = posterior(normalized(priors.delete), likelihood({ followed: 5, seen: 6 }));
    const mean = rates.reduce<number>((sum, rate, index) => sum + rate * (expected[index] ?? 0), 0);

    expect(alone(5, 6)?.mean).toBeCloseTo(mean, 12);
  });

  it('rises with every message that follows, and falls with every one that does not', () => {
    const counts = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(counts, ([followed, left]) => {
        const mean = alone(followed, followed + left)?.mean ?? 0;

        expect(alone(followed + 1, followed + left + 1)?.mean).toBeGreaterThanOrEqual(mean);
        expect(alone(followed, followed + left + 1)?.mean).toBeLessThanOrEqual(mean);
      }),
    );
  });

  it('is modest where there is little mail, and takes more from a mailbox that deletes much', () => {
    const others = Array.from({ length: 20 }, (_one, index) => unit(6, 6, `d${index}.example`));
    const among = forecastsOf([unit(3, 3), ...others])[0];

    expect(alone(3, 3)?.mean).toBeLessThan(0.9);
    expect(among?.mean).toBeGreaterThan((alone(3, 3)?.mean ?? 1) + 0.05);
  });

  it('takes most from the senders of its own domain', () => {
    const others = (domain: string) => Array.from({ length: 4 }, () => unit(8, 8, domain));
    const [inDomain] = forecastsOf([unit(2, 2), ...others('shop.example')]);
    const [elsewhere] = forecastsOf([unit(2, 2), ...others('letters.example')]);

    expect(inDomain?.mean).toBeGreaterThan(elsewhere?.mean ?? 1);
  });

  it('is the same of a domain alone, with the levels of the whole mailbox', () => {
    const rest = Array.from({ length: 12 }, (_one, index) => unit(index % 7, 7, `d${index}.example`, 'newsletter'));
    const some = [unit(9, 10), unit(3, 3)];
    const whole = climb([...some, ...rest], priors.delete);

    const ofPart = forecastsOf(some, whole.levels);
    const ofWhole = forecastsOf([...some, ...rest]);

    expect(ofPart.map(({ mean }) => mean.toFixed(12))).toEqual(ofWhole.slice(0, 2).map(({ mean }) => mean.toFixed(12)));
  });

  it('does not depend on numbers too small for the machine', () => {
    expect(alone(20_000, 20_000)?.mean).toBeGreaterThan(0.99);
    expect(alone(0, 20_000)?.mean).toBeLessThan(0.01);
    expect(alone(0, 0)?.good).toBeLessThan(0.5);
  });
});

describe('mail of several senders', () => {
  it('is counted so that a busy one weighs no more than five messages', () => {
    const counts = pooled([
      { followed: 90, seen: 100 },
      { followed: 2, seen: 2 },
    ]);

    expect(counts).toEqual({ followed: 6.5, seen: 7 });
  });
});

describe('the tier of a habit', () => {
  const judged = { actionType: 'delete', aggressiveness: 'moderate', messages: 20 } as const;

  it.each([
    [0.96, 0.96, 4, 'sure'],
    [0.96, 0.96, 3, 'likely'],
    [0.954, 0.99, 20, 'likely'],
    [0.96, 0.94, 20, 'likely'],
    [0.96, 0.96, 2, 'watching'],
    [0.87, 0.99, 20, 'watching'],
  ] as const)('of a forecast of %d, good at %d, of %d messages is %s', (mean, good, messages, tier) => {
    expect(tierOf({ mean, good }, { ...judged, messages })).toBe(tier);
  });

  it('is higher for what costs less when it is wrong', () => {
    const forecast = { mean: 0.91, good: 0.9 };
    const tiers = (['delete', 'move', 'archive', 'markRead'] as const).map((actionType) =>
      tierOf(forecast, { ...judged, actionType }),
    );

    expect(tiers).toEqual(['likely', 'sure', 'sure', 'sure']);
  });
});
