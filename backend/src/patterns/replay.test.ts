import { describe, expect, it } from 'vitest';
import type { VoteOutcome, Vote } from './detection/outcome.ts';
import { type ReplayedRule, replay } from './replay.ts';
import { wilsonLowerBound } from './statistics/wilson.ts';

function vote(messageId: string, outcome: VoteOutcome, sender = 'news@shop.example'): Vote {
  const at = new Date(`2026-02-${messageId}T00:00:00Z`);
  const rest = { domain: 'shop.example', fromFolder: 'inbox', subject: 'Offers', subjectNormalized: 'offers' };
  const flags = { opened: 'no', isNewsletter: false, foundInPlace: false, placement: false } as const;
  return { messageId, outcome, at, receivedAt: at, sender, ...rest, ...flags };
}

const hoursAfter = (hours: number) => new Date(Date.parse('2026-02-01T00:00:00Z') + hours * 3_600_000);

const past = [
  vote('01', 'deleted'),
  vote('02', 'left'),
  vote('03', 'deleted'),
  vote('04', { moved: 'f1' }),
  vote('05', 'deleted', 'friend@home.example'),
];
const conditions = { senderEmail: 'news@shop.example' };

describe('the replay of a rule over the past', () => {
  it('counts what its owner did the same, and names what they did otherwise, newest first', () => {
    const result = replay(past, { conditions, actions: [{ actionType: 'delete' }] });

    expect(result).toMatchObject({
      considered: 5,
      matched: 4,
      agreed: 2,
      contradicted: 2,
      precision: 0.5,
      coverage: 0.8,
    });
    expect(result.precisionBound).toBe(wilsonLowerBound(2, 4));
    expect(result.contradictions).toEqual(['04', '02']);
    expect(result.sample.map(({ outcome }) => outcome)).toEqual([{ moved: 'f1' }, 'left']);
  });

  it('judges several actions by the last place they put a message in', () => {
    const actions = [
      { actionType: 'move', toFolder: 'f1', order: 2 },
      { actionType: 'markRead', order: 1 },
      { actionType: 'flag', order: 3 },
    ] as const;

    expect(replay(past, { conditions, actions })).toMatchObject({ agreed: 1, contradicted: 3 });
  });

  it('judges marking read by what its owner cleared', () => {
    const votes = [vote('01', 'cleared'), vote('02', 'read')];

    expect(replay(votes, { conditions, actions: [{ actionType: 'markRead' }] })).toMatchObject({ agreed: 1 });
  });

  it('does not judge what leaves no trace', () => {
    const result = replay(past, { conditions, actions: [{ actionType: 'flag' }, { actionType: 'move' }] });

    expect(result).toMatchObject({ matched: 4, agreed: 0, contradicted: 0, precision: undefined });
  });

  it.each<[string, Partial<Vote>, VoteOutcome, boolean, boolean]>([
    ['left unopened', {}, 'left', false, true],
    ['read at once and left', { opened: 'yes', at: hoursAfter(1) }, 'read', true, false],
    ['read late and left', { opened: 'yes', at: hoursAfter(30) }, 'read', true, true],
    ['deleted unopened at once', { at: hoursAfter(1) }, 'deleted', false, false],
    ['deleted unopened late', { at: hoursAfter(30) }, 'deleted', false, true],
    ['opened and deleted', { opened: 'yes', at: hoursAfter(30) }, 'deleted', true, false],
    ['deleted, and perhaps opened', { opened: 'unknown', at: hoursAfter(30) }, 'deleted', true, false],
    ['found deleted', { placement: true, at: hoursAfter(30) }, 'deleted', false, false],
  ])('takes mail that was %s after reading, or after 24 hours', (_case, fields, outcome, onRead, after24) => {
    const votes = [{ ...vote('01', outcome), ...fields }];
    const actions = [{ actionType: 'delete' }] as const;
    const taken = (trigger: ReplayedRule['trigger']) => replay(votes, { conditions, actions, trigger }).matched === 1;

    expect(taken({ kind: 'onRead' })).toBe(onRead);
    expect(taken({ kind: 'afterHours', hours: 24 })).toBe(after24);
    expect(taken({ kind: 'arrival' })).toBe(true);
  });

  it.each<[string, Partial<Vote>, VoteOutcome, number, boolean]>([
    ['left', {}, 'left', 3, true],
    ['left, but is younger', {}, 'left', 1, false],
    ['read and left', { opened: 'yes', at: hoursAfter(1) }, 'read', 3, true],
    ['put away before', { opened: 'yes', at: hoursAfter(30) }, 'deleted', 9, false],
    ['put away later', { opened: 'yes', at: hoursAfter(50) }, 'deleted', 9, true],
    ['put away at a time that is unknown', { placement: true, at: hoursAfter(50) }, 'deleted', 9, false],
  ])('takes mail at an age of two days that was %s', (_case, fields, outcome, day, isTaken) => {
    const votes = [{ ...vote('01', outcome), ...fields }];
    const rule = { conditions: { ...conditions, olderThanDays: 2 }, actions: [{ actionType: 'delete' }] } as const;

    expect(replay(votes, rule, hoursAfter(day * 24)).matched === 1).toBe(isTaken);
  });

  it('of nothing says nothing', () => {
    const nothing = { considered: 0, matched: 0, agreed: 0, contradicted: 0, coverage: 0 };

    expect(replay([], { actions: [{ actionType: 'delete' }] })).toMatchObject(nothing);
  });
});
