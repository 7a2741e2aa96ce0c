import { describe, expect, it } from 'vitest';
import { buildVote, buildVotes } from '../../../test/factories/vote.ts';
import { detectPatterns, type DetectionSettings } from './detect.ts';
import { countMonths, middleOf, monthOf, startOfMonth } from './past.ts';
import { measure, tallyVotes, weightByAge } from './tally.ts';

const now = new Date('2026-03-01T12:00:00Z');
const ofMonth = (month: string) => ({ at: middleOf(month), receivedAt: middleOf(month) });

describe('a month', () => {
  it('is that of arrival in UTC, over the turn of the year', () => {
    expect(monthOf(new Date('2025-12-31T23:59:59Z'))).toBe('2025-12');
    expect(startOfMonth('2025-12', 1)).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(startOfMonth('2026-01', -12)).toEqual(new Date('2025-01-01T00:00:00Z'));
    expect(middleOf('2026-02')).toEqual(new Date('2026-02-15T00:00:00Z'));
  });
});

describe('the counts of months', () => {
  it('tell outcomes, and what was opened, apart, and count a burst once', () => {
    const january = ofMonth('2026-01');
    const counts = countMonths([
      ...buildVotes(4, 'deleted', january),
      ...buildVotes(2, 'deleted', { ...january, opened: 'yes' }),
      ...buildVotes(3, 'deleted', { ...january, burst: 'cleaning up' }),
      buildVote({ moved: 'f1' }, ofMonth('2025-12')),
    ]);

    expect(counts).toEqual([
      { month: '2026-01', outcome: 'deleted', opened: 'no', messages: 5 },
      { month: '2026-01', outcome: 'deleted', opened: 'yes', messages: 2 },
      { month: '2025-12', outcome: { moved: 'f1' }, opened: 'no', messages: 1 },
    ]);
  });

  it('weigh as the messages would that they stand for', () => {
    const weigh = weightByAge(now, 365);
    const votes = [
      ...buildVotes(6, 'archived', ofMonth('2025-07')),
      ...buildVotes(2, 'left', ofMonth('2025-07')),
      ...buildVotes(3, 'archived', { ...ofMonth('2025-09'), opened: 'unknown' }),
    ];
    const recent = buildVotes(4, 'archived', ofMonth('2026-02'));

    const kept = tallyVotes([...votes, ...recent], weigh);
    const counted = tallyVotes(recent, weigh, countMonths(votes));

    const { bound, share, ...numbers } = measure(counted, 'archived');
    expect(numbers).toMatchObject({ seen: 15, followed: 13, openedUnknown: 3 });
    expect(bound).toBeCloseTo(measure(kept, 'archived').bound, 10);
    expect(share).toBeCloseTo(measure(kept, 'archived').share, 10);
  });
});

describe('a weekly newsletter that is deleted unread', () => {
  const settings: DetectionSettings = {
    now,
    aggressiveness: 'moderate',
    halfLifeDays: 365,
    leastHistoryDays: 0,
    protectionOf: () => 'none',
    isSharedDomain: () => false,
  };
  const weekly = Array.from({ length: 12 }, (_, week) => {
    const at = new Date(now.getTime() - (2 + 7 * week) * 24 * 60 * 60 * 1000);
    return buildVote('deleted', { at, receivedAt: at });
  });

  it('is likely after the first synchronization, and sure with a year of evidence', () => {
    const year = ['2025-03', '2025-05', '2025-07', '2025-09', '2025-11'].map((month) => ({ month, messages: 4 }));
    const past = new Map([
      ['news@shop.example', year.map((one) => ({ ...one, outcome: 'deleted', opened: 'no' }) as const)],
    ]);

    expect(detectPatterns(weekly, settings)).toMatchObject([{ status: 'suggested', tier: 'likely' }]);
    expect(detectPatterns(weekly, settings, past)).toMatchObject([
      { status: 'suggested', tier: 'sure', sampleSize: 32 },
    ]);
  });
});
