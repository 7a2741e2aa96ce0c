import { dayMs } from '../../lib/durations.ts';
import { onePerBurst } from './one-per-burst.ts';
import type { Opened } from './opened.ts';
import { middleOf, type MonthCount } from './past.ts';
import { actionFollowedBy, outcomeKey, type SuggestedAction, type SuggestedType, type Vote } from './outcome.ts';
import { wilsonInterval } from '../statistics/wilson.ts';

const evidenceKept = 10;

interface BurstVote {
  readonly weight: number;
  readonly opened: Opened;
}

/** The messages of one outcome; those that one burst treated count as one. */
interface OutcomeTally {
  readonly action: SuggestedAction | undefined;
  messages: number;
  weight: number;
  /** Those that were opened first, and those of which that is not known. */
  opened: number;
  openedUnknown: number;
  /** The weight of both. */
  openedWeight: number;
  /** The newest messages, newest first, as many as a pattern shows. */
  newest: Vote[];
  /** The bursts that are counted, each with its weight. */
  readonly bursts: Map<string, BurstVote>;
}

/** Weighted counts of votes by outcome. A burst is one decision, so it counts as one message. */
export interface Tally {
  messages: number;
  weight: number;
  squaredWeight: number;
  readonly outcomes: Map<string, OutcomeTally>;
}

/** Measures of how far votes follow one action. */
export interface Measure {
  readonly seen: number;
  readonly followed: number;
  /** Of those that followed, the ones that were opened first. */
  readonly opened: number;
  /** Of those that followed, the ones of which nothing tells if they were opened first. */
  readonly openedUnknown: number;
  /** The numbers of equal votes with the same weight of evidence. */
  readonly effectiveSeen: number;
  readonly effectiveFollowed: number;
  /** From 0 to 1, weighted. */
  readonly share: number;
  /** The lower end of the 95 % Wilson interval of the share. */
  readonly bound: number;
  /** The same two for the messages that followed unopened. */
  readonly unopened: { readonly share: number; readonly bound: number };
}

/** Gives something of a time its weight. */
export type Weigh = (dated: Pick<Vote, 'at'>) => number;

/** Returns a weight function: a vote's weight halves with every half-life of its age. */
export function weightByAge(now: Date, halfLifeDays: number): Weigh {
  return ({ at }) => 2 ** (-Math.max(0, now.getTime() - at.getTime()) / (halfLifeDays * dayMs));
}

/** Counts votes by outcome. @param past what is known of former months beside the votes */
export function tallyVotes(votes: Iterable<Vote>, weigh: Weigh, past: readonly MonthCount[] = []): Tally {
  const tally: Tally = { messages: 0, weight: 0, squaredWeight: 0, outcomes: new Map() };
  for (const count of past) addPast(tally, count, weigh);
  for (const vote of onePerBurst(votes)) {
    const weight = weigh(vote);
    const outcome = outcomeIn(tally, outcomeKey(vote.outcome), actionFollowedBy(vote.outcome));
    tally.messages += 1;
    tally.weight += weight;
    tally.squaredWeight += weight ** 2;
    outcome.messages += 1;
    outcome.weight += weight;
    addOpened(outcome, vote.opened, weight);
    outcome.newest.push(vote);
    if (vote.burst !== undefined) outcome.bursts.set(vote.burst, { weight, opened: vote.opened });
  }
  for (const outcome of tally.outcomes.values()) outcome.newest = newestOf(outcome.newest);
  return tally;
}

function addPast(tally: Tally, { month, outcome, opened, messages }: MonthCount, weigh: Weigh): void {
  const weight = weigh({ at: middleOf(month) });
  const kept = outcomeIn(tally, outcomeKey(outcome), actionFollowedBy(outcome));
  tally.messages += messages;
  tally.weight += messages * weight;
  tally.squaredWeight += messages * weight ** 2;
  kept.messages += messages;
  kept.weight += messages * weight;
  for (let message = 0; message < messages; message++) addOpened(kept, opened, weight);
}

/** Adds up several tallies. */
export function mergeTallies(tallies: readonly Tally[]): Tally {
  const merged: Tally = { messages: 0, weight: 0, squaredWeight: 0, outcomes: new Map() };
  for (const tally of tallies) {
    merged.messages += tally.messages;
    merged.weight += tally.weight;
    merged.squaredWeight += tally.squaredWeight;
    for (const [key, part] of tally.outcomes) {
      const outcome = outcomeIn(merged, key, part.action);
      outcome.messages += part.messages;
      outcome.weight += part.weight;
      outcome.opened += part.opened;
      outcome.openedUnknown += part.openedUnknown;
      outcome.openedWeight += part.openedWeight;
      outcome.newest.push(...part.newest);
      mergeBursts(merged, outcome, part.bursts);
    }
  }
  for (const outcome of merged.outcomes.values()) outcome.newest = newestOf(outcome.newest);
  return merged;
}

function outcomeIn(tally: Tally, key: string, action: SuggestedAction | undefined): OutcomeTally {
  const known = tally.outcomes.get(key);
  const counts = { messages: 0, weight: 0, opened: 0, openedUnknown: 0, openedWeight: 0 };
  const outcome = known ?? { action, ...counts, newest: [], bursts: new Map() };
  tally.outcomes.set(key, outcome);
  return outcome;
}

/** @param count -1 to take a vote back */
function addOpened(outcome: OutcomeTally, opened: Opened, weight: number, count = 1): void {
  if (opened === 'no') return;
  outcome.openedWeight += count * weight;
  if (opened === 'yes') outcome.opened += count;
  else outcome.openedUnknown += count;
}

/** Takes back what a burst that reached several parts has added more than once. */
function mergeBursts(merged: Tally, outcome: OutcomeTally, bursts: ReadonlyMap<string, BurstVote>): void {
  for (const [burst, vote] of bursts) {
    const known = outcome.bursts.get(burst);
    const [counted, lesser = vote] = known === undefined || vote.weight > known.weight ? [vote, known] : [known, vote];
    outcome.bursts.set(burst, counted);
    if (known === undefined) continue;
    const surplus = lesser.weight;
    merged.messages -= 1;
    merged.weight -= surplus;
    merged.squaredWeight -= surplus ** 2;
    outcome.messages -= 1;
    outcome.weight -= surplus;
    addOpened(outcome, lesser.opened, surplus, -1);
  }
}

function newestOf(votes: Vote[]): Vote[] {
  return onePerBurst(votes)
    .toSorted((one, two) => two.at.getTime() - one.at.getTime())
    .slice(0, evidenceKept);
}

/** Returns the newest messages of a tally, newest first, as many as a pattern shows. */
export function newestVotes(tally: Tally): readonly Vote[] {
  return newestOf([...tally.outcomes.values()].flatMap(({ newest }) => newest));
}

/** Returns the action with the greatest weight of those that can be suggested; undefined without any. */
export function strongestAction(tally: Tally): SuggestedAction | undefined {
  return strongest(tally, () => true);
}

/** Returns the action of a type with the greatest weight: of moves, the one to the folder that is used most. */
export function strongestOf(tally: Tally, actionType: SuggestedType): SuggestedAction | undefined {
  return strongest(tally, (action) => action.actionType === actionType);
}

function strongest(tally: Tally, isWanted: (action: SuggestedAction) => boolean): SuggestedAction | undefined {
  let found: OutcomeTally | undefined;
  for (const outcome of tally.outcomes.values()) {
    const { action, weight } = outcome;
    if (action !== undefined && isWanted(action) && weight > (found?.weight ?? 0)) found = outcome;
  }
  return found?.action;
}

/**
 * Measures one outcome in a tally. The effective number of votes is (Σw)² / Σw².
 * Source: L. Kish, "Survey Sampling" (1965), 11.7: the number of equal votes that carry as much information.
 */
export function measure(tally: Tally, key: string): Measure {
  const outcome = tally.outcomes.get(key);
  const share = tally.weight === 0 ? 0 : Math.min(1, (outcome?.weight ?? 0) / tally.weight);
  const effectiveSeen = tally.squaredWeight === 0 ? 0 : tally.weight ** 2 / tally.squaredWeight;
  const effectiveFollowed = share * effectiveSeen;
  const openedShare = tally.weight === 0 ? 0 : (outcome?.openedWeight ?? 0) / tally.weight;
  const unopenedShare = Math.max(0, share - openedShare);
  return {
    seen: tally.messages,
    followed: outcome?.messages ?? 0,
    opened: outcome?.opened ?? 0,
    openedUnknown: outcome?.openedUnknown ?? 0,
    effectiveSeen,
    effectiveFollowed,
    share,
    bound: wilsonInterval(effectiveFollowed, effectiveSeen).lower,
    unopened: { share: unopenedShare, bound: wilsonInterval(unopenedShare * effectiveSeen, effectiveSeen).lower },
  };
}
