import { groupBy } from '../../lib/group-by.ts';
import { countsOf, type Ladders } from './forecasts.ts';
import type { Hypothesis } from './hypothesis.ts';
import { pooled } from '../ladder/ladder.ts';
import type { Vote } from './outcome.ts';
import type { Sender } from './senders.ts';
import { mergeTallies, strongestAction, type Tally, tallyVotes, type Weigh } from './tally.ts';

/** With one sender, the sender is the list. */
const leastMembers = 2;
/** From this share on, from 0 to 1, a sender's mail is mail of the list. */
const mostOfMail = 0.8;

/** The mail that one sender sent to a list. */
export interface ListMail {
  readonly listId: string;
  readonly tally: Tally;
}

/** Counts the votes for one sender by mailing list. */
export function listsOf(votes: readonly Vote[], weigh: Weigh): ListMail[] {
  const onLists = votes.filter(({ listId }) => listId !== undefined);
  return [...groupBy(onLists, ({ listId = '' }) => listId)].map(([listId, ofList]) => ({
    listId,
    tally: tallyVotes(ofList, weigh),
  }));
}

/** Returns the habits of mailing lists with several senders. All senders of the mailbox must be given. */
export function hypothesesOfLists(senders: readonly Sender[], ladders: Ladders): Hypothesis[] {
  const mail = senders.flatMap((sender) => sender.lists.map((list) => ({ ...list, sender })));
  return [...groupBy(mail, ({ listId }) => listId)].flatMap(([listId, members]): Hypothesis[] => {
    if (members.length < leastMembers) return [];
    const tally = mergeTallies(members.map((member) => member.tally));
    const action = strongestAction(tally);
    if (action === undefined) return [];
    const counts = pooled(members.map((member) => countsOf(member.tally, action)));
    const covers = members.filter((member) => member.tally.messages >= mostOfMail * member.sender.tally.messages);
    return [
      {
        scope: 'list',
        domain: '',
        condition: { listId },
        action,
        tally,
        protection: members.some(({ sender }) => sender.protection !== 'none') ? 'removal' : 'none',
        forecastAfter: (more) =>
          ladders[action.actionType].forecast({
            counts: { followed: counts.followed + more, seen: counts.seen + more },
            mailClass: 'newsletter',
          }),
        addresses: new Set(covers.map(({ sender }) => sender.address)),
      },
    ];
  });
}
