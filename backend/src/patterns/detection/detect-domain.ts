import { followedKey, type SuggestedAction } from './outcome.ts';
import { measure, mergeTallies, strongestAction, type Tally } from './tally.ts';

const leastSenders = 3;
/** What is left without the busiest sender must be sure by itself: eight of eight messages are. */
const leastBoundOfRest = 0.65;
/** One message of a sender may be an exception; from two on they say what the owner does with that sender. */
const leastToContradict = 2;

/** What most of the mail of a domain is done with. */
export interface DomainHabit {
  readonly action: SuggestedAction;
  readonly tally: Tally;
}

/**
 * The habit of a domain's mail, if it is the domain's and not one sender's: at least three senders, none of which the
 * owner treats otherwise most of the time, and a bound of at least 65 % without the busiest sender.
 * @param senders the tally of each sender of the domain
 */
export function domainHabit(senders: readonly Tally[]): DomainHabit | undefined {
  if (senders.length < leastSenders) return undefined;
  const tally = mergeTallies(senders);
  const action = strongestAction(tally);
  if (action === undefined) return undefined;
  const key = followedKey(action);
  if (senders.some((sender) => contradicts(sender, key))) return undefined;
  const rest = mergeTallies(senders.toSorted((one, two) => two.messages - one.messages).slice(1));
  return measure(rest, key).bound < leastBoundOfRest ? undefined : { action, tally };
}

function contradicts(sender: Tally, key: string): boolean {
  const { seen, followed } = measure(sender, key);
  return seen >= leastToContradict && followed * 2 <= seen;
}
