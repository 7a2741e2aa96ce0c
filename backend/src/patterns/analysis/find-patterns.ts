import { isNot } from '../../models/store/query-operators.ts';
import { canonicalAddress, canonicalDomain, domainOf } from '../../lib/canonical-address.ts';
import { dayMs } from '../../lib/durations.ts';
import { eventRetentionMs } from '../../lib/retention.ts';
import type { OwnerHabits } from '../../models/fields/owner-habits.ts';
import { Pattern } from '../../models/index.ts';
import type { PatternCandidate } from '../detection/candidate.ts';
import { type DetectionSettings, startDetection } from '../detection/detect.ts';
import type { TestedElsewhere } from '../detection/hypothesis.ts';
import type { VoteContext } from '../detection/votes.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import { explainedBy } from './inbox-rules.ts';
import { protectedSenders } from './protected-senders.ts';
import { isUsableTarget } from './usable-targets.ts';
import { domainsSince, readBursts, votesBySender } from './read-votes.ts';
import type { Scope } from './scope.ts';
import { sharedDomains } from './shared-domains.ts';

const leastHistoryDays = 14;

/** The result of detection over the scope of an analysis. */
export interface Findings {
  readonly candidates: readonly PatternCandidate[];
  /** True when the mail of a domain was read: a pattern of it that is not among the candidates no longer holds. */
  readonly wasRead: (domain: string) => boolean;
  readonly votes: number;
  /** Number of tested hypotheses. */
  readonly tested: number;
  /** True when the history is long enough; without it there are no patterns yet. */
  readonly isMature: boolean;
}

export interface Search {
  readonly mailbox: AnalyzedMailbox;
  readonly habits: OwnerHabits;
  readonly halfLifeDays: number;
  readonly scope: Scope;
  readonly signal: AbortSignal;
}

/** Reads the events in the scope and detects patterns. @throws the signal's reason when aborted */
export async function findPatterns(search: Search): Promise<Findings> {
  const { mailbox, scope, signal } = search;
  const windowStart = new Date(mailbox.now.getTime() - eventRetentionMs);
  const domains = scope.kind === 'whole' ? undefined : await domainsSince(mailbox, scope.since);
  const read = new Set(domains?.map(canonicalDomain));
  const wasRead = domains === undefined ? () => true : (domain: string) => read.has(domain);

  const detection = startDetection(settingsOf(search));
  const context = { ...voteContextOf(search), burstOf: await readBursts(mailbox, windowStart) };
  let votes = 0;
  let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const ofSender of votesBySender(mailbox, domains, context, signal)) {
    if (ofSender[0]?.sender === canonicalAddress(mailbox.row.email)) continue; // the owner files what they sent themselves
    detection.addSender(ofSender);
    votes += ofSender.length;
    for (const { receivedAt } of ofSender) {
      oldest = Math.min(oldest, receivedAt.getTime());
      newest = Math.max(newest, receivedAt.getTime());
    }
  }
  const elsewhere = scope.kind === 'whole' ? undefined : await testedElsewhere(mailbox, wasRead);
  return {
    candidates: detection.finish(elsewhere),
    wasRead,
    votes,
    tested: detection.countTested(),
    isMature: newest - oldest >= leastHistoryDays * dayMs,
  };
}

function voteContextOf({ mailbox, habits }: Pick<Search, 'mailbox' | 'habits'>): VoteContext {
  const { now, inGraphTime, folderKindOf, row } = mailbox;
  const isExplainedByInboxRule = explainedBy(habits.inboxRules, folderKindOf);
  return { now: inGraphTime(now), folderKindOf, blindWindows: row.blindWindows, isExplainedByInboxRule };
}

function settingsOf({ mailbox, habits, halfLifeDays, scope }: Search): DetectionSettings {
  return {
    now: mailbox.now,
    aggressiveness: mailbox.aggressiveness,
    halfLifeDays,
    // a part can be younger: an analysis of the whole mailbox has already checked the history
    leastHistoryDays: scope.kind === 'whole' ? leastHistoryDays : 0,
    protectionOf: protectedSenders(mailbox.whitelist, habits),
    isSharedDomain: sharedDomains(mailbox.row.email),
    isUsableTarget: (folderId) => isUsableTarget(mailbox, folderId),
  };
}

/**
 * Returns the p-values of the domains that are not read, because the Benjamini–Hochberg procedure tests all hypotheses
 * of a mailbox together. A hypothesis with a small p-value has a bound high enough to be stored as a pattern with its
 * p-value; of the others only the number matters, which the last analysis of the whole mailbox has stored.
 */
async function testedElsewhere(
  { userId, mailboxId, row }: AnalyzedMailbox,
  wasRead: Findings['wasRead'],
): Promise<TestedElsewhere> {
  const filter = { userId, mailboxId, status: isNot('approved' as const) };
  const stored = await Pattern.find(filter, 'condition.senderEmail condition.senderDomain pValue').lean();
  const pValues = stored.flatMap(({ condition, pValue }) =>
    pValue === undefined || wasRead(domainOfCondition(condition)) ? [] : [pValue],
  );
  return { tested: row.analysis?.tested ?? 0, pValues };
}

/** Returns the sender domain of a pattern's condition; '' for a sender without one. */
export function domainOfCondition(
  condition: { readonly senderEmail?: string; readonly senderDomain?: string } | undefined,
): string {
  return condition?.senderDomain ?? domainOf(canonicalAddress(condition?.senderEmail ?? '')) ?? '';
}
