import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { orderedRules, type Ranked } from './order.ts';

const idOf = (number: number) => new Types.ObjectId(String(number).padStart(24, '0'));

function rule(number: number, priority: number, scope: Ranked['scope'] = 'user'): Ranked {
  return { _id: idOf(number), priority, scope };
}

const numbers = (rules: readonly Ranked[]) => rules.map(({ _id }) => Number(_id.toString()));

describe('the order of rules', () => {
  it('is that of their priorities, and of their age where those are the same', () => {
    expect(numbers(orderedRules([rule(3, 1), rule(2, 5), rule(1, 5), rule(4, 0)], undefined))).toEqual([4, 3, 1, 2]);
  });

  it('has the rules of the organization after all of the user, by their own priorities', () => {
    const rules = [rule(1, 2, 'org'), rule(2, 9), rule(3, 1, 'org'), rule(4, 7)];

    expect(numbers(orderedRules(rules, undefined))).toEqual([4, 2, 3, 1]);
  });

  it('is the one that is under way, whatever of it has reached the priorities', () => {
    const order = { ids: [3, 1, 2].map((number) => idOf(number).toString()) };

    expect(numbers(orderedRules([rule(1, 0), rule(2, 1), rule(3, 2)], order))).toEqual([3, 1, 2]);
    expect(numbers(orderedRules([rule(1, 4), rule(2, 1), rule(3, 3)], order))).toEqual([3, 1, 2]);
  });

  it('under way puts what it does not list last, and misses nothing that is gone', () => {
    const order = { ids: [9, 3, 1].map((number) => idOf(number).toString()) };
    const rules = [rule(5, -1, 'org'), rule(1, 0), rule(4, 2), rule(3, 2), rule(2, 1)];

    expect(numbers(orderedRules(rules, order))).toEqual([3, 1, 2, 4, 5]);
  });

  it('leaves the given list as it is', () => {
    const rules = [rule(1, 2), rule(2, 1)];

    orderedRules(rules, undefined);

    expect(numbers(rules)).toEqual([1, 2]);
  });
});
