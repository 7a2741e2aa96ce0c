import { groupBy } from '../../../src/lib/group-by.ts';
import type { Aggressiveness } from '../../../src/models/User.ts';
import { domainHabit } from '../../../src/patterns/detection/detect-domain.ts';
import { followedKey, type SuggestedAction, type Vote } from '../../../src/patterns/detection/outcome.ts';
import {
  measure,
  strongestAction,
  type Tally,
  tallyVotes,
  weightByAge,
} from '../../../src/patterns/detection/tally.ts';
import type { MatchConditions } from '../../../src/rules/matcher.ts';
import { adjustByBenjaminiHochberg } from './benjamini-hochberg.ts';
import { binomialTail } from './binomial-tail.ts';
import { leastShareOf, thresholdOf } from './thresholds.ts';

const halfLifeDays = 30;
const falseDiscoveryRate = 0.05;

interface Hypothesis {
  readonly conditions: MatchConditions;
  readonly action: SuggestedAction;
  readonly tally: Tally;
}

interface GateOptions {
  readonly now: Date;
  readonly aggressiveness: Aggressiveness;
  readonly isSharedDomain: (domain: string) => boolean;
}

/**
 * The detection of former versions, as a yardstick: a lower Wilson bound over the threshold of the action, a least share,
 * and the Benjamini–Hochberg procedure over all hypotheses that have enough mail for a test (R. E. Tarone, Biometrics 46,
 * 1990).
 */
export function passGates(votes: readonly Vote[], options: GateOptions): readonly Hypothesis[] {
  const { aggressiveness } = options;
  const measured = hypothesesIn(votes, options).map((hypothesis) => ({
    hypothesis,
    ...measure(hypothesis.tally, followedKey(hypothesis.action)),
    threshold: thresholdOf(hypothesis.action.actionType, aggressiveness) / 100,
  }));
  const testable = measured.filter((one) => one.threshold ** one.effectiveSeen <= falseDiscoveryRate);
  const pValues = testable.map((one) => binomialTail(one.effectiveFollowed, one.effectiveSeen, one.threshold));
  const adjusted = adjustByBenjaminiHochberg(pValues);
  return testable
    .filter((_one, index) => (adjusted[index] ?? 1) <= falseDiscoveryRate)
    .filter(({ bound, threshold, share }) => bound >= threshold && share >= leastShareOf(aggressiveness))
    .map(({ hypothesis }) => hypothesis);
}

function hypothesesIn(votes: readonly Vote[], { now, isSharedDomain }: GateOptions): Hypothesis[] {
  const weigh = weightByAge(now, halfLifeDays);
  const senders = [...groupBy(votes, ({ sender }) => sender)].map(([sender, ofSender]) => ({
    sender,
    domain: ofSender[0]?.domain ?? '',
    tally: tallyVotes(ofSender, weigh),
  }));
  const ofSenders = senders.flatMap(({ sender, tally }): Hypothesis[] => {
    const action = strongestAction(tally);
    return action === undefined ? [] : [{ conditions: { senderEmail: sender }, action, tally }];
  });
  const ofDomains = [...groupBy(senders, ({ domain }) => domain)].flatMap(([domain, members]): Hypothesis[] => {
    const habit = isSharedDomain(domain) ? undefined : domainHabit(members.map(({ tally }) => tally));
    return habit === undefined ? [] : [{ conditions: { senderDomain: domain }, ...habit }];
  });
  return [...ofSenders, ...ofDomains];
}
