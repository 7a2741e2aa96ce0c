import { describe, expect, it } from 'vitest';
import { buildVote } from '../../../test/factories/vote.ts';
import { sha256 } from '../../lib/crypto.ts';
import { partsOf } from './detect-parts.ts';
import type { VoteOutcome, Vote } from './outcome.ts';
import { tallyVotes } from './tally.ts';

type Half = 'first' | 'second';
const isInFirst = (messageId: string): boolean => sha256(messageId).charCodeAt(0) % 2 === 0;

/** Votes whose messages all fall in one half of the split. */
function votesIn(half: Half, count: number, outcome: VoteOutcome, fields: Partial<Vote> = {}): Vote[] {
  const votes: Vote[] = [];
  while (votes.length < count) {
    const vote = buildVote(outcome, fields);
    if (isInFirst(vote.messageId) === (half === 'first')) votes.push(vote);
  }
  return votes;
}

const offers = { subjectNormalized: 'weekly offers' };
const others = [...votesIn('first', 30, 'left'), ...votesIn('second', 30, 'left')];
const weigh = (): number => 1;
/** The conditions of the parts found among the votes and sixty other messages, which were left. */
function conditionsOf(votes: readonly Vote[]): object[] {
  const all = [...votes, ...others];
  return partsOf(all, tallyVotes(all, weigh), weigh).map(({ condition }) => condition);
}

describe('a part of the mail of one sender', () => {
  it('counts only when it holds on both halves of a split by message id', () => {
    const even = (['first', 'second'] as const).flatMap((half) => [
      ...votesIn(half, 16, 'deleted', offers),
      ...votesIn(half, 4, 'left', offers),
    ]);
    const uneven = [
      ...votesIn('first', 20, 'deleted', offers),
      ...votesIn('second', 12, 'deleted', offers),
      ...votesIn('second', 8, 'left', offers),
    ];

    expect(conditionsOf(even)).toEqual([{ subjectPattern: 'weekly offers' }]);
    expect(conditionsOf(uneven)).toEqual([]);
  });

  it('counts only with three messages in each half', () => {
    const enough = [...votesIn('first', 3, 'deleted', offers), ...votesIn('second', 3, 'deleted', offers)];
    const tooFew = [...votesIn('first', 2, 'deleted', offers), ...votesIn('second', 10, 'deleted', offers)];

    expect(conditionsOf(enough)).toEqual([{ subjectPattern: 'weekly offers' }]);
    expect(conditionsOf(tooFew)).toEqual([]);
  });

  it('is not the whole of it, nor mail with which nothing was done', () => {
    const folder = { fromFolder: 'lists' };
    const whole = [...votesIn('first', 10, 'deleted', folder), ...votesIn('second', 10, 'deleted', folder)];
    const left = [...votesIn('first', 6, 'left', offers), ...votesIn('second', 6, 'left', offers)];

    expect(partsOf(whole, tallyVotes(whole, weigh), weigh)).toEqual([]);
    expect(conditionsOf(left)).toEqual([]);
  });

  it('is found by the folder it rested in, its subject, and whether it is a newsletter', () => {
    const news = { fromFolder: 'lists', subjectNormalized: 'weekly offers', isNewsletter: true };
    const votes = [...votesIn('first', 10, 'deleted', news), ...votesIn('second', 10, 'deleted', news)];
    const bare = { fromFolder: undefined, subjectNormalized: '' };
    const plain = [...votesIn('first', 30, 'left', bare), ...votesIn('second', 30, 'left', bare)];
    const all = [...votes, ...plain];

    expect(partsOf(all, tallyVotes(all, weigh), weigh).map(({ condition }) => condition)).toEqual([
      { fromFolder: 'lists' },
      { subjectPattern: 'weekly offers' },
      { isNewsletter: true },
    ]);
  });
});
