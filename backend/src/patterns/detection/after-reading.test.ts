import { describe, expect, it } from 'vitest';
import { buildVotes } from '../../../test/factories/vote.ts';
import { detectPatterns, type DetectionSettings } from './detect.ts';
import type { Vote } from './outcome.ts';

const settings: DetectionSettings = {
  now: new Date('2026-02-03T12:00:00Z'),
  aggressiveness: 'moderate',
  halfLifeDays: 365,
  leastHistoryDays: 0,
  protectionOf: () => 'none',
  isSharedDomain: () => false,
};

function suggested(votes: readonly Vote[], changes: Partial<DetectionSettings> = {}) {
  return detectPatterns(votes, { ...settings, ...changes }).filter(({ status }) => status === 'suggested');
}

const protectionOf: DetectionSettings['protectionOf'] = () => 'removal';

describe('mail that is read first and then put away', () => {
  it.each(['yes', 'unknown'] as const)('is suggested for after reading, not for arrival: opened %s', (opened) => {
    expect(suggested(buildVotes(40, 'deleted', { opened }))).toMatchObject([
      { trigger: 'onRead', suggestedAction: { actionType: 'delete' }, sampleSize: 40, exceptionCount: 0 },
    ]);
  });

  it('is judged by what was read alone: what waits unread neither follows nor contradicts', () => {
    const mail = [...buildVotes(20, 'archived', { opened: 'yes' }), ...buildVotes(8, 'left')];

    expect(suggested(mail)).toMatchObject([{ trigger: 'onRead', sampleSize: 20, exceptionCount: 0 }]);
  });

  it('is no suggestion where half of what is read stays', () => {
    const mail = [...buildVotes(20, 'archived', { opened: 'yes' }), ...buildVotes(20, 'read', { opened: 'yes' })];

    expect(suggested(mail)).toEqual([]);
  });

  it('is none where the mail is put away unread as a rule', () => {
    const mail = [...buildVotes(40, 'deleted'), ...buildVotes(4, 'deleted', { opened: 'yes' })];

    expect(suggested(mail).map(({ trigger }) => trigger)).toEqual([undefined]);
  });

  it('is filed for people the owner writes to as well, but never deleted', () => {
    const filed = buildVotes(40, { moved: 'f1' }, { opened: 'yes' });

    expect(suggested(filed, { protectionOf })).toMatchObject([{ trigger: 'onRead' }]);
    expect(suggested(buildVotes(40, 'deleted', { opened: 'yes' }), { protectionOf })).toEqual([]);
  });
});
