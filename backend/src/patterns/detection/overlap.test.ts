import { describe, expect, it } from 'vitest';
import { buildVotes } from '../../../test/factories/vote.ts';
import type { PatternCondition } from './candidate.ts';
import { judge, type JudgedHypothesis } from './hypothesis.ts';
import type { SuggestedAction } from './outcome.ts';
import { withoutOverlap } from './overlap.ts';
import { tallyVotes } from './tally.ts';

const remove: SuggestedAction = { actionType: 'delete' };
const senderEmail = 'news@shop.example';

/** A suggestion for so many messages, all deleted. */
function suggestion(
  scope: JudgedHypothesis['scope'],
  messages: number,
  condition: PatternCondition,
  rest: Partial<JudgedHypothesis> = {},
): JudgedHypothesis {
  const tally = tallyVotes(buildVotes(messages, 'deleted'), () => 1);
  const subject = { scope, domain: 'shop.example', condition, action: remove, tally, protection: 'none' as const };
  return {
    ...judge({ ...subject, forecastAfter: () => ({ mean: 0.99, good: 0.999 }) }, 'moderate'),
    blockers: [],
    ...rest,
  };
}

/** Which of the suggestions are covered by others, in their order. */
const covered = (tested: readonly JudgedHypothesis[]): boolean[] =>
  withoutOverlap(tested).map(({ blockers }) => blockers.includes('covered'));

const domain = (messages: number, rest: Partial<JudgedHypothesis> = {}) =>
  suggestion('domain', messages, { senderDomain: 'shop.example' }, rest);
const sender = (messages: number, rest: Partial<JudgedHypothesis> = {}) =>
  suggestion('sender', messages, { senderEmail }, rest);

const part = (messages: number, condition: PatternCondition, rest: Partial<JudgedHypothesis> = {}) =>
  suggestion('part', messages, { senderEmail, ...condition }, rest);

describe('of a domain and its senders', () => {
  it('those remain that are surely right about more mail, the domain when it is the same', () => {
    expect(covered([domain(60), sender(30), sender(30)])).toEqual([false, true, true]);
    expect(covered([domain(60), sender(50), sender(50)])).toEqual([true, false, false]);
    expect(covered([sender(30), domain(30)])).toEqual([true, false]);
  });

  it('none is covered by another domain, another action, or what is not suggested itself', () => {
    const archive: SuggestedAction = { actionType: 'archive' };

    expect(covered([domain(60), sender(30, { domain: 'other.example' })])).toEqual([false, false]);
    expect(covered([domain(60), sender(30, { action: archive })])).toEqual([false, false]);
    expect(covered([domain(60, { blockers: ['bound'] }), sender(30)])).toEqual([false, false]);
    expect(covered([domain(60), domain(90)])).toEqual([false, false]);
  });

  it('what is not suggested keeps its own reasons', () => {
    const [, blocked] = withoutOverlap([domain(60), sender(30, { blockers: ['bound', 'chance'] })]);

    expect(blocked?.blockers).toEqual(['bound', 'chance']);
  });
});

describe('of conditions on one sender', () => {
  it('those of the kind remain that is surely right about more mail', () => {
    const subjects = [part(30, { subjectPattern: 'spring' }), part(30, { subjectPattern: 'summer' })];

    expect(covered([...subjects, part(40, { isNewsletter: true })])).toEqual([false, false, true]);
    expect(covered([...subjects, part(90, { isNewsletter: true })])).toEqual([true, true, false]);
  });

  it('none is covered by a part of another sender, or with another action', () => {
    const newsletter = part(90, { isNewsletter: true });
    const other = part(30, { senderEmail: 'other@shop.example', subjectPattern: 'spring' });
    const moved = part(30, { subjectPattern: 'spring' }, { action: { actionType: 'move', toFolder: 'bills' } });

    expect(covered([newsletter, other])).toEqual([false, false]);
    expect(covered([newsletter, moved])).toEqual([false, false]);
  });

  it('one that is covered does not count against its domain', () => {
    const parts = [part(40, { subjectPattern: 'spring' }), part(50, { isNewsletter: true })];
    expect(covered([domain(70), ...parts])).toEqual([false, true, true]);
  });
});
