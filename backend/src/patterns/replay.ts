import type { ActionType } from '../models/fields/action-types.ts';
import { matches, type MatchConditions } from '../rules/matcher.ts';
import { followedKey, outcomeKey, type SuggestedAction, type Vote } from './detection/outcome.ts';
import type { IRuleTrigger } from '../models/fields/rule-trigger.ts';
import { actsOnRead, delayMsOf, takesOldMail } from '../rules/trigger.ts';
import { wilsonLowerBound } from './statistics/wilson.ts';

const sampleSize = 10;

/** A rule as it is stored, or a draft of one. */
export interface ReplayedRule {
  readonly conditions?: MatchConditions | undefined;
  readonly actions: readonly {
    readonly actionType?: ActionType | undefined;
    readonly toFolder?: string | undefined;
    readonly order?: number | undefined;
  }[];
  readonly trigger?: IRuleTrigger | undefined;
}

/** The actions that a rule would have taken on recorded mail, compared with the owner's. */
export interface Replay {
  /** Number of messages that voted. */
  readonly considered: number;
  readonly matched: number;
  readonly agreed: number;
  readonly contradicted: number;
  /** From 0 to 1: agreed of agreed and contradicted; undefined when there are none. */
  readonly precision: number | undefined;
  /** The lower end of the 95 % Wilson interval of the precision. */
  readonly precisionBound: number | undefined;
  /** From 0 to 1: matched of considered. */
  readonly coverage: number;
  /** Message ids, newest first. */
  readonly contradictions: readonly string[];
  /** The newest contradictions. */
  readonly sample: readonly Vote[];
}

/**
 * Runs a rule over past votes with the matcher of live automation. The last folder of its actions is compared with the
 * outcome; a rule that moves nothing is compared by marking as read. Votes do not record flags and categories: a rule of
 * nothing else matches, but neither agrees nor contradicts. A message that did not come to the moment of the rule does
 * not match.
 */
export function replay(votes: Iterable<Vote>, rule: ReplayedRule, now: Date = new Date()): Replay {
  const action = judgedAction(rule);
  let considered = 0;
  let matched = 0;
  let agreed = 0;
  const contradictions: Vote[] = [];
  for (const vote of votes) {
    considered += 1;
    if (!matches(rule.conditions ?? {}, vote) || !reachesMoment(vote, rule, now)) continue;
    matched += 1;
    if (action === undefined) continue;
    if (outcomeKey(vote.outcome) === followedKey(action)) agreed += 1;
    else contradictions.push(vote);
  }
  const judged = agreed + contradictions.length;
  const newestFirst = contradictions.toSorted((one, two) => two.at.getTime() - one.at.getTime());
  return {
    considered,
    matched,
    agreed,
    contradicted: contradictions.length,
    precision: judged === 0 ? undefined : agreed / judged,
    precisionBound: judged === 0 ? undefined : wilsonLowerBound(agreed, judged),
    coverage: considered === 0 ? 0 : matched / considered,
    contradictions: newestFirst.map(({ messageId }) => messageId),
    sample: newestFirst.slice(0, sampleSize),
  };
}

/**
 * Tells if a message came to the moment at which a rule acts. On reading: it was opened, or it cannot be told whether it
 * was. After some time: it was left unopened, or its owner acted later than that, without opening it before. At an age: it
 * still lies there, or its owner put it away later.
 */
function reachesMoment(vote: Vote, rule: ReplayedRule, now: Date): boolean {
  const { outcome, opened, at, receivedAt, placement } = vote;
  if (actsOnRead(rule)) return opened !== 'no';
  const delayMs = delayMsOf(rule);
  if (delayMs === undefined) return true;
  const restedMs = (until: Date): number => until.getTime() - receivedAt.getTime();
  const isInPlace = outcome === 'left' || outcome === 'read' || outcome === 'cleared';
  if (outcome === 'left' || (isInPlace && takesOldMail(rule))) return restedMs(now) >= delayMs;
  if (takesOldMail(rule)) return !placement && restedMs(at) >= delayMs;
  // when it was put in its place is unknown, or when it was opened before
  if (placement || (opened !== 'no' && outcome !== 'read')) return false;
  return restedMs(at) >= delayMs;
}

/** Returns the action that decides: the last one that moves the message, else marking as read. */
export function judgedAction({ actions }: ReplayedRule): SuggestedAction | undefined {
  const inOrder = actions.toSorted((one, two) => (one.order ?? 0) - (two.order ?? 0));
  let judged: SuggestedAction | undefined;
  for (const { actionType, toFolder } of inOrder) {
    if (actionType === 'move' && toFolder !== undefined) judged = { actionType, toFolder };
    if (actionType === 'delete' || actionType === 'archive') judged = { actionType };
    if (actionType === 'markRead') judged ??= { actionType };
  }
  return judged;
}
