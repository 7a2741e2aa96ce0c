import { describe, expect, it } from 'vitest';
import { buildVote } from '../../../test/factories/vote.ts';
import { evidenceOf } from './evidence.ts';
import type { VoteOutcome, Vote } from './outcome.ts';
import { tallyVotes } from './tally.ts';

const hourMs = 60 * 60 * 1000;
const start = new Date('2026-02-01T00:00:00Z').getTime();

/** Votes named by letter and number, an hour apart. */
function series(letter: string, count: number, outcome: VoteOutcome, startHour: number): Vote[] {
  return Array.from({ length: count }, (_, index) =>
    buildVote(outcome, { messageId: `${letter}${index}`, at: new Date(start + (startHour + index) * hourMs) }),
  );
}

const evidence = (votes: readonly Vote[]) =>
  evidenceOf(
    tallyVotes(votes, () => 1),
    'deleted',
  );
const idsOf = (votes: readonly Vote[]): string[] => evidence(votes).map(({ messageId }) => messageId);

describe('the evidence of a pattern', () => {
  it('is the ten newest that followed where nothing speaks against it', () => {
    expect(idsOf(series('d', 12, 'deleted', 0))).toEqual('d11 d10 d9 d8 d7 d6 d5 d4 d3 d2'.split(' '));
  });

  it('gives up to three places to the newest exceptions of whatever kind, in the order of time', () => {
    const exceptions = [...series('l', 2, 'left', -10), ...series('m', 2, { moved: 'bills' }, 8.5)];

    expect(idsOf([...series('d', 12, 'deleted', 0), ...exceptions])).toEqual(
      'd11 d10 m1 d9 m0 d8 d7 d6 d5 l1'.split(' '),
    );
  });

  it('is only exceptions where nothing followed', () => {
    expect(idsOf(series('l', 4, 'left', 0))).toEqual(['l3', 'l2', 'l1']);
  });

  it('says what was done, when, and whether only the place speaks', () => {
    const at = new Date(start);
    const votes = [
      buildVote('deleted', { messageId: 'a', at, foundInPlace: true, placement: true }),
      buildVote({ moved: 'bills' }, { messageId: 'b', at: new Date(start - 1), foundInPlace: true }),
      buildVote('deleted', { messageId: 'c', at: new Date(start - 2), placement: true }),
    ];

    expect(evidence(votes)).toEqual([
      { messageId: 'a', timestamp: at, action: 'deleted', isException: false, foundInPlace: true },
      { messageId: 'b', timestamp: new Date(start - 1), action: 'moved', isException: true, foundInPlace: false },
      { messageId: 'c', timestamp: new Date(start - 2), action: 'deleted', isException: false, foundInPlace: false },
    ]);
  });
});
