import { describe, expect, it } from 'vitest';
import { buildVotes } from '../../../test/factories/vote.ts';
import { countTested, type Hypothesis, hypothesisOf, testHypotheses } from './hypothesis.ts';
import type { SuggestedAction } from './outcome.ts';
import { tallyVotes } from './tally.ts';

const action: SuggestedAction = { actionType: 'archive' };

/** The hypothesis that mail of one sender is archived; its threshold is 75 %. */
function archived(count: number, { left = 0, read = 0 }: { left?: number; read?: number } = {}): Hypothesis {
  const votes = [...buildVotes(count, 'archived'), ...buildVotes(left, 'left'), ...buildVotes(read, 'read')];
  const tally = tallyVotes(votes, () => 1);
  const condition = { senderEmail: 'news@shop.example' };
  const subject = { scope: 'sender', domain: 'shop.example', condition, action, tally, protection: 'none' } as const;
  return hypothesisOf(subject, 'moderate');
}

const tooLittle = (count: number): Hypothesis[] => Array.from({ length: count }, () => archived(3));

describe('a hypothesis that so little mail could not prove', () => {
  it('is not counted as tested: 0.75 to the power of 10 is over 5 %, and of 11 is not', () => {
    expect(countTested([archived(10), archived(11), archived(9, { left: 1 }), archived(9, { left: 2 })])).toBe(2);
    expect(testHypotheses([archived(10)], 'moderate')[0]?.pValue).toBeUndefined();
  });

  it('takes nothing from what another one proves, however many there are', () => {
    const proven = archived(20);

    const alone = testHypotheses([proven], 'moderate')[0];
    const among = testHypotheses([proven, ...tooLittle(30)], 'moderate');

    expect(alone?.blockers).toEqual([]);
    expect(among[0]).toEqual(alone);
    expect(among.slice(1).every(({ blockers }) => blockers.includes('chance'))).toBe(true);
  });
});

describe('a hypothesis of a part of the senders', () => {
  const one = archived(20); // 0.75 to the power of 20 is 0.0032
  const blockersAmong = (tested: number) => testHypotheses([one], 'moderate', { tested, pValues: [] })[0]?.blockers;

  it('is tested among all that the mailbox has', () => {
    expect([blockersAmong(0), blockersAmong(15), blockersAmong(16)]).toEqual([[], [], ['chance']]);
  });

  it('gains by what is sure elsewhere', () => {
    const [tested] = testHypotheses([one], 'moderate', { tested: 30, pValues: [0, 0, 0] });

    expect(tested?.blockers).toEqual([]);
    expect(tested?.pValue).toBeCloseTo(0.75 ** 20, 10);
  });
});

describe('what keeps a hypothesis from being suggested', () => {
  it.each<[string, Hypothesis, readonly string[]]>([
    ['nothing', archived(100, { left: 4 }), []],
    ['more than 4 % of exceptions', archived(100, { left: 5 }), ['exceptions']],
    ['little mail', archived(3), ['bound', 'chance']],
    ['a correspondent', { ...archived(100), protection: 'removal' }, ['protected']],
    ['a sender that no rule touches', { ...archived(100), protection: 'everything' }, ['protected']],
    [
      'a correspondent, whose mail is deleted',
      { ...archived(100), protection: 'removal', action: { actionType: 'delete' } },
      ['protected'],
    ],
  ])('%s', (_name, hypothesis, blockers) => {
    expect(testHypotheses([hypothesis], 'moderate')[0]?.blockers).toEqual(blockers);
  });
});
