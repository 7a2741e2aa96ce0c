import mongoose from 'mongoose';
import { EmailEvent } from '../../models/index.ts';
import { voteFields } from './read-votes.ts';
import type { RecentBehavior } from '../detection/drift.ts';
import { matches } from '../../rules/matcher.ts';
import { actionFollowedBy, followedKey, outcomeKey, type SuggestedAction, type Vote } from '../detection/outcome.ts';
import { judgedAction, type ReplayedRule } from '../replay.ts';
import { type VoteEvent, votesOf } from '../detection/votes.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import { domainOf } from './protected-senders.ts';
import type { RuleAct } from './rule-acts.ts';

const dayMs = 24 * 60 * 60_000;
const recentMs = 30 * dayMs;
/** Before that the owner may not have come to it. */
const undecidedMs = dayMs;

/** A rule in force since a time. */
export interface ApprovedRule extends ReplayedRule {
  readonly approvedAt: Date;
  /** Percent: the threshold of the pattern that it comes from. */
  readonly threshold: number;
}

interface BehaviorSample {
  readonly at: Date;
  readonly isContradiction: boolean;
}

/**
 * How the owner has behaved toward a rule since it was approved. What the rule did and was let be for a day counts as
 * followed; so does what the owner did by hand just as the rule would have. Mail of the rule's that the owner put
 * elsewhere before the rule came to it contradicts it; mail that was merely left says nothing, for the rule may have been
 * paused.
 * @param acts what the rule did
 */
export async function behaviorTowards(
  mailbox: AnalyzedMailbox,
  rule: ApprovedRule,
  acts: readonly RuleAct[],
): Promise<RecentBehavior> {
  const { now } = mailbox;
  const acted = new Set(acts.map(({ messageId }) => messageId));
  const byHand = (await votesSince(mailbox, rule)).filter(({ messageId }) => !acted.has(messageId));
  const verdicts = [
    ...acts.flatMap((act) => sampleOfAct(act, now)),
    ...byHand.flatMap((vote) => sampleOfVote(vote, judgedAction(rule))),
  ].toSorted((one, two) => one.at.getTime() - two.at.getTime());
  const recent = verdicts.filter(({ at }) => now.getTime() - at.getTime() <= recentMs);
  return {
    threshold: rule.threshold,
    contradicted: verdicts.map(({ isContradiction }) => isContradiction),
    recentSeen: recent.length,
    recentFollowed: recent.filter(({ isContradiction }) => !isContradiction).length,
  };
}

function sampleOfAct({ at, isContradicted }: RuleAct, now: Date): BehaviorSample[] {
  const isUndecided = !isContradicted && now.getTime() - at.getTime() < undecidedMs;
  return isUndecided ? [] : [{ at, isContradiction: isContradicted }];
}

function sampleOfVote({ outcome, at }: Vote, action: SuggestedAction | undefined): BehaviorSample[] {
  if (action === undefined) return [];
  if (outcomeKey(outcome) === followedKey(action)) return [{ at, isContradiction: false }];
  const wasPut = outcome !== 'cleared' && actionFollowedBy(outcome) !== undefined;
  return wasPut && action.actionType !== 'markRead' ? [{ at, isContradiction: true }] : [];
}

/** What the owner did by hand with mail of the rule's that came after it was approved. */
async function votesSince(mailbox: AnalyzedMailbox, rule: ApprovedRule): Promise<Vote[]> {
  const { senderDomain, senderEmail } = rule.conditions ?? {};
  const domain = senderDomain ?? (senderEmail === undefined ? undefined : domainOf(senderEmail));
  if (domain === undefined) return []; // not every rule of the owner's own words is about a sender
  const { userId, mailboxId, now, folderKindOf, row } = mailbox;
  const since = { timestamp: mongoose.trusted({ $gte: rule.approvedAt }), mailboxId };
  const events = await EmailEvent.find({ userId, 'sender.domain': domain, ...since }, `-_id ${voteFields}`).lean<
    VoteEvent[]
  >();
  const votes = votesOf(events, { now, folderKindOf, blindWindows: row.blindWindows });
  return votes.filter(
    (vote) => !vote.placement && vote.receivedAt >= rule.approvedAt && matches(rule.conditions ?? {}, vote),
  );
}
