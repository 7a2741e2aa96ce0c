import { since } from '../../models/store/query-operators.ts';
import { canonicalAddress, domainOf } from '../../lib/canonical-address.ts';
import { dayMs } from '../../lib/durations.ts';
import { EmailEvent } from '../../models/index.ts';
import { voteFields } from './read-votes.ts';
import type { RecentBehavior } from '../detection/drift.ts';
import { matches } from '../../rules/matcher.ts';
import { actionFollowedBy, followedKey, outcomeKey, type SuggestedAction, type Vote } from '../detection/outcome.ts';
import { judgedAction, type ReplayedRule } from '../replay.ts';
import type { BurstOf } from '../detection/bursts.ts';
import { onePerBurst } from '../detection/one-per-burst.ts';
import { undecidedMs, type VoteEvent, votesOf } from '../detection/votes.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import { onePerReversal, type RuleExecution } from './rule-executions.ts';

const recentMs = 30 * dayMs;

/** An enabled rule and the time of its approval. */
export interface ApprovedRule extends ReplayedRule {
  readonly approvedAt: Date;
  /** Percent: the threshold of its pattern. */
  readonly threshold: number;
}

interface BehaviorSample {
  readonly at: Date;
  readonly isContradiction: boolean;
}

/**
 * Measures how the owner has behaved toward a rule since its approval. An action of the rule counts as followed when
 * the owner has not reversed it within a day, and so does mail that the owner treated by hand as the rule would have.
 * Mail that the owner moved elsewhere by hand contradicts the rule. Mail that was left is ignored, because automation
 * may have been paused. A burst is one decision, so it counts once.
 * @param executions the actions of the rule
 */
export async function behaviorTowards(
  mailbox: AnalyzedMailbox & { readonly burstOf: BurstOf },
  rule: ApprovedRule,
  executions: readonly RuleExecution[],
): Promise<RecentBehavior> {
  const now = mailbox.inGraphTime(mailbox.now);
  const executed = new Set(executions.map(({ messageId }) => messageId));
  const byHand = (await votesSince(mailbox, rule)).filter(({ messageId }) => !executed.has(messageId));
  const samples = [
    ...onePerReversal(executions).flatMap((execution) => sampleOfExecution(execution, now)),
    ...onePerBurst(byHand).flatMap((vote) => sampleOfVote(vote, judgedAction(rule))),
  ].toSorted((one, two) => one.at.getTime() - two.at.getTime());
  const recent = samples.filter(({ at }) => now.getTime() - at.getTime() <= recentMs);
  return {
    threshold: rule.threshold,
    contradicted: samples.map(({ isContradiction }) => isContradiction),
    recentSeen: recent.length,
    recentFollowed: recent.filter(({ isContradiction }) => !isContradiction).length,
  };
}

function sampleOfExecution({ at, isContradicted }: RuleExecution, now: Date): BehaviorSample[] {
  const isUndecided = !isContradicted && now.getTime() - at.getTime() < undecidedMs;
  return isUndecided ? [] : [{ at, isContradiction: isContradicted }];
}

function sampleOfVote({ outcome, at }: Vote, action: SuggestedAction | undefined): BehaviorSample[] {
  if (action === undefined) return [];
  if (outcomeKey(outcome) === followedKey(action)) return [{ at, isContradiction: false }];
  const wasPut = outcome !== 'cleared' && actionFollowedBy(outcome) !== undefined;
  return wasPut && action.actionType !== 'markRead' ? [{ at, isContradiction: true }] : [];
}

/** The votes by hand on mail that meets the conditions of the rule and arrived after its approval. */
async function votesSince(mailbox: Parameters<typeof behaviorTowards>[0], rule: ApprovedRule): Promise<Vote[]> {
  const { senderDomain, senderEmail } = rule.conditions ?? {};
  const domain =
    senderDomain ?? (senderEmail === undefined ? undefined : (domainOf(canonicalAddress(senderEmail)) ?? null));
  if (domain === undefined) return []; // a customized rule need not name a sender
  const { userId, mailboxId, inGraphTime, folderKindOf, row, burstOf } = mailbox;
  const now = inGraphTime(mailbox.now);
  const approvedAt = inGraphTime(rule.approvedAt);
  const timestamp = since(approvedAt);
  const events = await EmailEvent.find(
    { userId, 'sender.domain': domain, timestamp, mailboxId },
    `-_id ${voteFields}`,
  ).lean<VoteEvent[]>();
  const votes = votesOf(events, { now, folderKindOf, blindWindows: row.blindWindows, burstOf });
  return votes.filter(
    (vote) => !vote.placement && vote.receivedAt >= approvedAt && matches(rule.conditions ?? {}, vote),
  );
}
