import { followedKey, type SuggestedAction } from './outcome.ts';
import { measure, mergeTallies, strongestAction, type Tally } from './tally.ts';

const leastSenders = 3;
/** The lower bound that the other senders must reach without the busiest one: 8 of 8 messages do. */
const leastBoundOfRest = 0.65;
/** One message of a sender may be an exception; two show how the owner treats that sender. */
const leastToContradict = 2;

/** The most frequent action on the mail of a domain. */
export interface DomainHabit {
  readonly action: SuggestedAction;
  readonly tally: Tally;
}

/**
 * Returns the habit of a domain if it does not depend on one sender: at least three senders, none of which the owner
 * mostly treats differently, and a bound of at least 65 % without the busiest sender.
 * @param senders the tally of each sender of the domain
 * @returns undefined without such a habit
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
