import { canonicalAddress, canonicalDomain, domainOf } from '../../lib/canonical-address.ts';
import { dayMs } from '../../lib/durations.ts';
import { eventRetentionMs } from '../../lib/retention.ts';
import type { OwnerHabits } from '../../models/fields/owner-habits.ts';
import type { PatternCandidate } from '../detection/candidate.ts';
import { type DetectionSettings, startDetection } from '../detection/detect.ts';
import type { MailboxLevels } from '../detection/forecasts.ts';
import type { VoteContext } from '../detection/votes.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import { explainedBy } from './inbox-rules.ts';
import { protectedSenders } from './protected-senders.ts';
import { isUsableTarget } from './usable-targets.ts';
import { countClosed, type Months, monthsAt, readPast, type SenderMonths, withoutVotes } from './monthly-counts.ts';
import { domainsSince, readBursts, votesByDomains } from './read-votes.ts';
import type { Scope } from './scope.ts';
import { sharedDomains } from './shared-domains.ts';

const leastHistoryDays = 14;

/** The result of detection over the scope of an analysis. */
export interface Findings {
  readonly candidates: readonly PatternCandidate[];
  /** True when the mail of a domain was read: a pattern of it that is not among the candidates no longer holds. */
  readonly wasRead: (domain: string) => boolean;
  readonly votes: number;
  /** Number of possible patterns with enough mail to be judged. */
  readonly tested: number;
  readonly levels: MailboxLevels;
  /** What happened in each month that is over and whose events are all kept. */
  readonly counted: readonly SenderMonths[];
  readonly months: Months;
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
  const months = monthsAt(mailbox.now);
  const counted: SenderMonths[] = [];
  for await (const batch of votesByDomains(mailbox, domains, context, signal)) {
    const past = await readPast(mailbox, batch.domains, months);
    for (const ofSender of batch.senders) {
      const [first] = ofSender;
      // the owner files what they sent themselves
      if (first === undefined || first.sender === canonicalAddress(mailbox.row.email)) continue;
      const { sender, domain } = first;
      detection.addSender(ofSender, withoutVotes(past.get(sender) ?? [], ofSender, months));
      const counts = countClosed(ofSender, months);
      if (counts.length > 0) counted.push({ sender, domain, counts });
      votes += ofSender.length;
      for (const { receivedAt } of ofSender) {
        oldest = Math.min(oldest, receivedAt.getTime());
        newest = Math.max(newest, receivedAt.getTime());
      }
    }
  }
  return {
    ...detection.finish(scope.kind === 'whole' ? undefined : mailbox.row.analysis?.levels),
    wasRead,
    votes,
    counted,
    months,
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
 * Returns the sender domain of a pattern's condition; '' for a sender without one. A list stands for itself: it is read
 * with the whole mailbox only.
 */
export function domainOfCondition(
  condition: { readonly senderEmail?: string; readonly senderDomain?: string; readonly listId?: string } | undefined,
): string {
  if (condition?.listId !== undefined) return `list ${condition.listId}`;
  return condition?.senderDomain ?? domainOf(canonicalAddress(condition?.senderEmail ?? '')) ?? '';
}
