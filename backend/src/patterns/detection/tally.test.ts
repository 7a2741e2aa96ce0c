import { describe, expect, it } from 'vitest';
import { buildVote, buildVotes } from '../../../test/factories/vote.ts';
import { measure, mergeTallies, strongestAction, tallyVotes, weightByAge } from './tally.ts';

const dayMs = 24 * 60 * 60 * 1000;
const start = new Date('2026-02-01T00:00:00Z').getTime();
const one = (): number => 1;
const recent = { at: new Date(start + dayMs) };
const old = { at: new Date(start) };
/** Gives what is old a weight of its own. */
const weighing =
  (ofOld: number, other: number) =>
  ({ at }: { readonly at: Date }) =>
    at.getTime() === start ? ofOld : other;

describe('the weight of a vote', () => {
  it('is halved by every half-life, and never over 1', () => {
    const weigh = weightByAge(new Date(start), 30);
    const weights = [30, 0, -30, -60].map((days) => weigh(buildVote('left', { at: new Date(start + days * dayMs) })));

    expect(weights).toEqual([1, 1, 0.5, 0.25]);
  });
});

describe('a tally', () => {
  it('counts messages, weights and squared weights, in all and for each outcome', () => {
    const votes = [
      ...buildVotes(3, 'deleted', old),
      ...buildVotes(2, { moved: 'bills' }, recent),
      buildVote('left', recent),
    ];
    const tally = tallyVotes(votes, weighing(0.5, 2));

    expect(tally).toMatchObject({ messages: 6, weight: 7.5, squaredWeight: 12.75 });
    expect([...tally.outcomes].map(([key, { messages, weight, action }]) => [key, messages, weight, action])).toEqual([
      ['deleted', 3, 1.5, { actionType: 'delete' }],
      ['moved:bills', 2, 4, { actionType: 'move', toFolder: 'bills' }],
      ['left', 1, 2, undefined],
    ]);
  });

  it('keeps the ten newest of each outcome, also when several are merged', () => {
    const dated = Array.from({ length: 24 }, (_, day) => buildVote('deleted', { at: new Date(start + day * dayMs) }));
    const expected = dated.toReversed().map(({ messageId }) => messageId);
    const [odd, even] = [1, 0].map((rest) => dated.filter((_vote, index) => index % 2 === rest));

    const whole = tallyVotes(dated, one);
    const merged = mergeTallies([tallyVotes(odd ?? [], one), tallyVotes(even ?? [], one)]);

    for (const { outcomes } of [whole, merged]) {
      expect(outcomes.get('deleted')?.newest.map(({ messageId }) => messageId)).toEqual(expected.slice(0, 10));
    }
    expect(merged).toMatchObject({ messages: 24, weight: 24, squaredWeight: 24 });
    expect(merged.outcomes.get('deleted')).toMatchObject({ messages: 24, weight: 24 });
  });

  it('is strongest for the action with the most weight: what nothing can be suggested for does not count', () => {
    const votes = [
      ...buildVotes(9, 'left', recent),
      ...buildVotes(3, 'archived', recent),
      ...buildVotes(2, 'deleted', old),
    ];
    const byCount = strongestAction(tallyVotes(votes, one));
    const byWeight = strongestAction(tallyVotes(votes, weighing(2, 1)));

    expect([byCount, byWeight]).toEqual([{ actionType: 'archive' }, { actionType: 'delete' }]);
    expect(strongestAction(tallyVotes(buildVotes(9, 'read'), one))).toBeUndefined();
    expect(strongestAction(tallyVotes([...buildVotes(2, 'archived'), ...buildVotes(2, 'deleted')], one))).toEqual({
      actionType: 'archive',
    });
  });
});

describe('the measure of an outcome', () => {
  it('is the weighted share, of as many votes as equal ones would be worth', () => {
    const votes = [...buildVotes(2, 'deleted', old), ...buildVotes(4, 'left', recent)];
    const tally = tallyVotes(votes, weighing(1, 0.5));

    const { bound, ...counts } = measure(tally, 'deleted');

    // (Σw)² / Σw² = 4² / 3
    expect(counts).toMatchObject({ seen: 6, followed: 2, share: 0.5, effectiveSeen: 16 / 3, effectiveFollowed: 8 / 3 });
    expect(bound).toBeGreaterThan(0.1);
    expect(bound).toBeLessThan(0.5);
  });

  it('is nothing where nothing was seen, or nothing followed', () => {
    const none = { opened: 0, openedUnknown: 0, unopened: { share: 0, bound: 0 } };
    const nothing = { followed: 0, effectiveFollowed: 0, share: 0, bound: 0, ...none };

    expect(measure(tallyVotes([], one), 'deleted')).toEqual({ ...nothing, seen: 0, effectiveSeen: 0 });
    expect(measure(tallyVotes(buildVotes(4, 'left'), one), 'deleted')).toEqual({
      ...nothing,
      seen: 4,
      effectiveSeen: 4,
    });
  });
});

describe('a burst', () => {
  const burst = { burst: 'deleted inbox bin 1' };
  const ofBurst = (count: number) => buildVotes(count, 'deleted', burst);
  it('counts as one message, with one entry of evidence', () => {
    const tally = tallyVotes([...ofBurst(20), ...buildVotes(2, 'deleted'), ...buildVotes(1, 'left')], one);

    expect(measure(tally, 'deleted')).toMatchObject({ seen: 4, followed: 3, share: 0.75, effectiveSeen: 4 });
    expect(tally.outcomes.get('deleted')?.newest).toHaveLength(3);
  });

  it('counts once also where it reached several senders', () => {
    const merged = mergeTallies([
      tallyVotes(ofBurst(5), one),
      tallyVotes(ofBurst(9), one),
      tallyVotes(buildVotes(3, 'left'), one),
    ]);

    expect(measure(merged, 'deleted')).toMatchObject({ seen: 4, followed: 1, share: 0.25, effectiveSeen: 4 });
    expect(merged.outcomes.get('deleted')?.newest).toHaveLength(1);
  });
});
