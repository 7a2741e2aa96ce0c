import { describe, expect, it } from 'vitest';
import { buildVotes } from '../../../test/factories/vote.ts';
import { domainHabit } from './detect-domain.ts';
import { tallyVotes } from './tally.ts';

type Counts = Partial<Record<'deleted' | 'archived' | 'left', number>>;

/** The action found for a domain, given what became of the mail of each of its senders. */
function habitOf(senders: readonly Counts[]): string | undefined {
  const tallies = senders.map(({ deleted = 0, archived = 0, left = 0 }) => {
    const votes = [...buildVotes(deleted, 'deleted'), ...buildVotes(archived, 'archived'), ...buildVotes(left, 'left')];
    return tallyVotes(votes, () => 1);
  });
  return domainHabit(tallies)?.action.actionType;
}

const four = { deleted: 4 };

describe('the habit of a domain', () => {
  it('takes three senders, and is that of most of their mail', () => {
    expect([habitOf([{ deleted: 20 }, { deleted: 20 }]), habitOf([four, four, four])]).toEqual([undefined, 'delete']);
    expect(habitOf([{ left: 9 }, { left: 9 }, { left: 9 }])).toBeUndefined();
  });

  it('holds without its busiest sender, whichever is that: eight of eight messages are enough', () => {
    const busy = { deleted: 50 };

    expect([habitOf([busy, four, four]), habitOf([four, four, busy])]).toEqual(['delete', 'delete']);
    expect([habitOf([busy, four, { deleted: 3 }]), habitOf([four, { deleted: 3 }, busy])]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('is contradicted by a sender with two messages or more, half of which or fewer followed', () => {
    const many = [{ deleted: 20 }, { deleted: 20 }, { deleted: 20 }];

    expect(habitOf([...many, { left: 1 }])).toBe('delete');
    expect(habitOf([...many, { deleted: 2, left: 1 }])).toBe('delete');
    expect(habitOf([...many, { left: 2 }])).toBeUndefined();
    expect(habitOf([...many, { deleted: 1, archived: 1 }])).toBeUndefined();
  });

  it('counts the mail of all its senders', () => {
    const tallies = [4, 5, 6].map((count) => tallyVotes(buildVotes(count, 'deleted'), () => 1));

    expect(domainHabit(tallies)?.tally).toMatchObject({ messages: 15, weight: 15 });
  });
});
