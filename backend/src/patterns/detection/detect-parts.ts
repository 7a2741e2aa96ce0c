import { sha256 } from '../../lib/crypto.ts';
import { foldPrefix, subjectPrefixOf } from '../../lib/subject-prefix.ts';
import type { PatternCondition } from './candidate.ts';
import { followedKey, type Vote } from './outcome.ts';
import { measure, strongestAction, type Tally, tallyVotes, type Weigh } from './tally.ts';

/** Messages needed in each half of a split. */
const leastInHalf = 3;
/** The share, from 0 to 1, that each half must reach. */
const leastShareOfHalf = 0.8;

/** The mail of one sender that meets a further condition. */
export interface Part {
  readonly condition: PatternCondition;
  readonly tally: Tally;
}

type PartCondition = Pick<PatternCondition, 'fromFolder' | 'subjectPattern' | 'subjectPrefix' | 'isNewsletter'>;

const partConditions: readonly ((vote: Vote) => PartCondition | undefined)[] = [
  ({ fromFolder }) => (fromFolder === undefined ? undefined : { fromFolder }),
  // an empty one stands for subjects of numbers only, which have nothing in common
  ({ subjectNormalized }) => (subjectNormalized ? { subjectPattern: subjectNormalized } : undefined),
  prefixCondition,
  ({ isNewsletter }) => ({ isNewsletter }),
];

function prefixCondition({ subject }: Vote): PartCondition | undefined {
  const prefix = subject === undefined ? undefined : subjectPrefixOf(subject);
  return prefix === undefined ? undefined : { subjectPrefix: foldPrefix(prefix) };
}

/**
 * Returns the parts of one sender's mail that are clearer than the whole: the bound of the part's most frequent action
 * is higher than in all mail of the sender, and the action holds on both halves of a split by message id.
 */
export function partsOf(votes: readonly Vote[], whole: Tally, weigh: Weigh): Part[] {
  const groups = partConditions.flatMap((conditionOf) => groupByCondition(votes, conditionOf));
  return groups.flatMap(({ condition, votes: members }) => {
    // the halves of a smaller group cannot hold
    if (members.length < 2 * leastInHalf) return [];
    const tally = tallyVotes(members, weigh);
    const action = strongestAction(tally);
    if (action === undefined) return [];
    const key = followedKey(action);
    const isClearer = measure(tally, key).bound > measure(whole, key).bound;
    return isClearer && holdsOnHalves(members, key) ? [{ condition, tally }] : [];
  });
}

interface ConditionGroup {
  readonly condition: PartCondition;
  readonly votes: Vote[];
}

function groupByCondition(
  votes: readonly Vote[],
  conditionOf: (vote: Vote) => PartCondition | undefined,
): ConditionGroup[] {
  const groups = new Map<string, ConditionGroup>();
  for (const vote of votes) {
    const condition = conditionOf(vote);
    if (condition === undefined) continue;
    const key = JSON.stringify(condition);
    const group = groups.get(key) ?? { condition, votes: [] };
    group.votes.push(vote);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function holdsOnHalves(votes: readonly Vote[], key: string): boolean {
  const halves = [votes.filter(isInFirstHalf), votes.filter((vote) => !isInFirstHalf(vote))];
  return halves.every((half) => {
    const { seen, share } = measure(
      tallyVotes(half, () => 1),
      key,
    );
    return seen >= leastInHalf && share >= leastShareOfHalf;
  });
}

/** Splits by a hash, so that every analysis splits the same messages alike. */
function isInFirstHalf({ messageId }: Vote): boolean {
  return sha256(messageId).charCodeAt(0) % 2 === 0;
}
