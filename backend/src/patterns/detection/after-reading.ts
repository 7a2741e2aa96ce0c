import { climb } from '../ladder/ladder.ts';
import { priors } from '../ladder/prior.ts';
import type { Hypothesis } from './hypothesis.ts';
import { followedKey, type Vote } from './outcome.ts';
import type { MonthCount } from './past.ts';
import type { Sender } from './senders.ts';
import { strongestAction, type Tally, tallyVotes, type Weigh } from './tally.ts';

/** From this share of read messages on, from 0 to 1, a sender's mail is looked at after it was read. */
const leastReadShare = 0.5;

/**
 * Counts the votes for messages that were read before they were put away, or that were read and left.
 * @returns undefined where most of the mail is not read
 */
export function tallyRead(votes: readonly Vote[], past: readonly MonthCount[], weigh: Weigh): Tally | undefined {
  const read = tallyVotes(votes.filter(wasRead), weigh, past.filter(wasRead));
  const all = votes.length + past.reduce((total, { messages }) => total + messages, 0);
  return all > 0 && read.messages >= leastReadShare * all ? read : undefined;
}

/** What is not known to be opened was read all the same before it was put away. */
function wasRead({ opened }: Pick<Vote, 'opened'>): boolean {
  return opened !== 'no';
}

/** Returns the habit of putting a sender's mail away once it is read: a rule does so after reading. */
export function hypothesesAfterReading({ address, domain, protection, readMail }: Sender): Hypothesis[] {
  const action = readMail === undefined ? undefined : strongestAction(readMail);
  if (readMail === undefined || action === undefined || action.actionType === 'markRead') return [];
  const followed = readMail.outcomes.get(followedKey(action))?.weight ?? 0;
  // what is done with mail that is not opened says nothing about mail that is: only the population stands above
  const ladder = climb([], priors[action.actionType]);
  return [
    {
      scope: 'read',
      trigger: 'onRead',
      domain,
      condition: { senderEmail: address },
      action,
      tally: readMail,
      protection,
      forecastAfter: (more) =>
        ladder.forecast({
          counts: { followed: followed + more, seen: readMail.weight + more },
          mailClass: 'other',
        }),
    },
  ];
}
