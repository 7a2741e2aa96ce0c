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

/** A vote of so many hours after the arrival. */
function voteAfter(hours: number, outcome: VoteOutcome, fields: Partial<Vote> = {}): Vote {
  return { ...vote('01', outcome), at: hoursAfter(hours), ...fields };
}

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

  const opened = 'yes' as const;
  it.each<[string, Vote, { readonly onRead: boolean; readonly after24: boolean }]>([
    ['left unopened', voteAfter(0, 'left'), { onRead: false, after24: true }],
    ['read at once and left', voteAfter(1, 'read', { opened }), { onRead: true, after24: false }],
    ['read late and left', voteAfter(30, 'read', { opened }), { onRead: true, after24: true }],
    ['deleted unopened at once', voteAfter(1, 'deleted'), { onRead: false, after24: false }],
    ['deleted unopened late', voteAfter(30, 'deleted'), { onRead: false, after24: true }],
    ['opened and deleted', voteAfter(30, 'deleted', { opened }), { onRead: true, after24: false }],
    ['perhaps opened', voteAfter(30, 'deleted', { opened: 'unknown' }), { onRead: true, after24: false }],
    ['found deleted', voteAfter(30, 'deleted', { placement: true }), { onRead: false, after24: false }],
  ])('takes mail that was %s after reading, or after 24 hours', (_case, one, { onRead, after24 }) => {
    const actions = [{ actionType: 'delete' }] as const;
    const isTaken = (trigger: ReplayedRule['trigger']) => replay([one], { conditions, actions, trigger }).matched === 1;

    expect(isTaken({ kind: 'onRead' })).toBe(onRead);
    expect(isTaken({ kind: 'afterHours', hours: 24 })).toBe(after24);
    expect(isTaken({ kind: 'arrival' })).toBe(true);
  });

  it.each<[string, Vote, { readonly day: number; readonly isTaken: boolean }]>([
    ['left', voteAfter(0, 'left'), { day: 3, isTaken: true }],
    ['left, but is younger', voteAfter(0, 'left'), { day: 1, isTaken: false }],
    ['read and left', voteAfter(1, 'read', { opened }), { day: 3, isTaken: true }],
    ['put away before', voteAfter(30, 'deleted', { opened }), { day: 9, isTaken: false }],
    ['put away later', voteAfter(50, 'deleted', { opened }), { day: 9, isTaken: true }],
    ['put away at an unknown time', voteAfter(50, 'deleted', { placement: true }), { day: 9, isTaken: false }],
  ])('takes mail at an age of two days that was %s', (_case, one, { day, isTaken }) => {
    const rule = { conditions: { ...conditions, olderThanDays: 2 }, actions: [{ actionType: 'delete' }] } as const;

    expect(replay([one], rule, hoursAfter(day * 24)).matched === 1).toBe(isTaken);
  });

  it('of nothing says nothing', () => {
    const nothing = { considered: 0, matched: 0, agreed: 0, contradicted: 0, coverage: 0 };

    expect(replay([], { actions: [{ actionType: 'delete' }] })).toMatchObject(nothing);
  });
});
