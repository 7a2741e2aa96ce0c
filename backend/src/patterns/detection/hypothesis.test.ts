import { describe, expect, it } from 'vitest';
import { buildVotes } from '../../../test/factories/vote.ts';
import type { Forecast } from '../ladder/ladder.ts';
import { type Hypothesis, judge } from './hypothesis.ts';
import type { SuggestedAction, Vote } from './outcome.ts';
import { tallyVotes } from './tally.ts';

const certain: Forecast = { mean: 0.99, good: 0.999 };
const archive: SuggestedAction = { actionType: 'archive' };

const old = { at: new Date('2025-12-01T12:00:00Z') };
const laterLeft = buildVotes(2, 'left', { at: new Date('2026-02-02T12:00:00Z') });

/** The hypothesis that mail of one sender is archived. */
function archived(count: number, changes: Partial<Hypothesis> = {}, opened = 0, later: Vote[] = []): Hypothesis {
  const votes = [
    ...buildVotes(count - opened, 'archived'),
    ...buildVotes(opened, 'archived', { opened: 'yes' }),
    ...buildVotes(2, 'left', old),
    ...later,
  ];
  const condition = { senderEmail: 'news@shop.example' };
  const subject = { scope: 'sender', domain: 'shop.example', condition, action: archive, protection: 'none' } as const;
  return { ...subject, tally: tallyVotes(votes, () => 1), forecastAfter: () => certain, ...changes };
}

describe('what keeps a hypothesis from being suggested', () => {
  it.each<[string, Hypothesis, readonly string[]]>([
    ['nothing', archived(50), []],
    ['a forecast that is not likely', archived(50, { forecastAfter: () => ({ mean: 0.79, good: 0.99 }) }), ['bound']],
    ['a forecast that may be bad', archived(50, { forecastAfter: () => ({ mean: 0.95, good: 0.64 }) }), ['bound']],
    ['two messages', archived(0), ['bound']],
    ['newest messages that do not follow', archived(50, {}, 0, laterLeft), ['recent']],
    ['mail that is opened first', archived(50, { forecastAfter: () => ({ mean: 0.5, good: 0.1 }) }, 25), ['opened']],
    ['a correspondent', archived(50, { protection: 'removal' }), ['protected']],
    ['a sender that no rule touches', archived(50, { protection: 'everything' }), ['protected']],
  ])('%s', (_name, hypothesis, blockers) => {
    expect(judge(hypothesis, 'moderate').blockers).toEqual(blockers);
  });

  it('is less for a bold owner, and more for a cautious one', () => {
    const one = archived(50, { forecastAfter: () => ({ mean: 0.91, good: 0.95 }) });

    expect((['conservative', 'moderate', 'aggressive'] as const).map((level) => judge(one, level))).toMatchObject([
      { tier: 'likely', threshold: 82 },
      { tier: 'sure', threshold: 80 },
      { tier: 'sure', threshold: 77 },
    ]);
  });
});

function rising(more: number): Forecast {
  return { mean: 0.7 + more * 0.04, good: 0.9 };
}

describe('a habit that is watched', () => {
  it('says how many more messages of the same it takes', () => {
    expect(judge(archived(50, { forecastAfter: rising }), 'moderate')).toMatchObject({ tier: 'watching', needed: 3 });
    expect(judge(archived(50), 'moderate').needed).toBeUndefined();
    expect(judge(archived(50, { forecastAfter: () => ({ mean: 0.5, good: 0.1 }) }), 'moderate').needed).toBeUndefined();
  });
});
