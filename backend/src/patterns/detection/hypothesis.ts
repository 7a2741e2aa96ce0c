import type { Aggressiveness } from '../../models/index.ts';
import { leastMeans, type Tier, tierOf } from '../ladder/bars.ts';
import type { Forecast } from '../ladder/ladder.ts';
import type { Blocker, PatternCondition } from './candidate.ts';
import { followedKey, outcomeKey, type SuggestedAction, type SuggestedType } from './outcome.ts';
import { isKeptFrom, type Protection } from './protection.ts';
import { type Measure, measure, newestVotes, type Tally } from './tally.ts';

/** A possible pattern: mail that meets a condition, and its most frequent action. */
export interface Hypothesis {
  /** `part`: the mail of one sender that meets a further condition; `read`: what of it was read first. */
  readonly scope: 'sender' | 'part' | 'domain' | 'list' | 'read';
  /** The moment of its rule; arrival when it is left out. */
  readonly trigger?: 'onRead';
  readonly domain: string;
  readonly condition: PatternCondition;
  readonly action: SuggestedAction;
  readonly tally: Tally;
  readonly protection: Protection;
  /** Of a list: the senders whose mail is, nearly all, mail of the list. */
  readonly addresses?: ReadonlySet<string>;
  /** What is to be expected of the next mail, once so many more messages have followed unopened. */
  readonly forecastAfter: (more: number) => Forecast;
}

/** A hypothesis with the reasons against suggesting it. */
export interface JudgedHypothesis extends Hypothesis {
  readonly measured: Measure;
  readonly tier: Tier;
  /** Percent: the forecast from which on it is suggested. */
  readonly threshold: number;
  readonly blockers: readonly Blocker[];
  readonly forecast: Forecast;
  /** How many more messages must follow, without an exception, until it is suggested; undefined for more than 20. */
  readonly needed: number | undefined;
}

/** Numbers of further messages that are tried. */
const furtherNumbers = Array.from({ length: 20 }, (_, index) => index + 1);

/** Judges a possible pattern by its forecast and the protection of its sender. */
export function judge(hypothesis: Hypothesis, aggressiveness: Aggressiveness): JudgedHypothesis {
  const { action, tally, forecastAfter, protection, trigger } = hypothesis;
  const forecast = forecastAfter(0);
  const { actionType } = action;
  const measured = measure(tally, followedKey(action));
  const tier = tierOf(forecast, { actionType, aggressiveness, messages: measured.seen });
  const blockers: Blocker[] = [];
  if (tier === 'watching')
    blockers.push(trigger === undefined && isOpenedFirst(measured, actionType) ? 'opened' : 'bound');
  else if (!followsLately(tally, followedKey(action))) blockers.push('recent');
  if (isKeptFrom(protection, actionType, trigger)) blockers.push('protected');
  const tierAfter = (more: number): Tier =>
    tierOf(forecastAfter(more), { actionType, aggressiveness, messages: measured.seen + more });
  const needed = blockers.includes('bound') ? furtherNumbers.find((more) => tierAfter(more) !== 'watching') : undefined;
  const threshold = leastMeans(actionType, aggressiveness).likely * 100;
  return { ...hypothesis, measured, forecast, tier, threshold, blockers, needed };
}

/**
 * Tells if what keeps a rule on arrival from being sure is more that its owner opens the mail first, or may, than that
 * they treat it differently.
 */
function isOpenedFirst({ share, unopened }: Measure, actionType: SuggestedType): boolean {
  return actionType !== 'markRead' && share - unopened.share > 1 - share;
}

/** Of the newest messages, so many must follow: a habit that was given up weeks ago is none. */
const leastOfNewest = [
  { newest: 3, follow: 2 },
  { newest: 5, follow: 4 },
] as const;

function followsLately(tally: Tally, followed: string): boolean {
  const votes = newestVotes(tally);
  return leastOfNewest.every(({ newest, follow }) => {
    const looked = votes.slice(0, newest);
    return looked.length < newest || looked.filter(({ outcome }) => outcomeKey(outcome) === followed).length >= follow;
  });
}
