import mongoose from 'mongoose';
import { Pattern } from '../../models/index.ts';
import type { PatternCandidate } from '../detection/candidate.ts';
import { readTimes } from './read-votes.ts';
import { type DetectionSettings, startDetection } from '../detection/detect.ts';
import type { TestedElsewhere } from '../detection/hypothesis.ts';
import { findSweeps } from '../detection/sweeps.ts';
import type { VoteContext } from '../detection/votes.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import { explainedBy } from './inbox-rules.ts';
import { domainOf, type OwnerHabits, protectedSenders } from './protected-senders.ts';
import { domainsSince, votesBySender } from './read-votes.ts';
import type { Scope } from './scope.ts';
import { sharedDomains } from './shared-domains.ts';

const dayMs = 24 * 60 * 60_000;
const windowMs = 90 * dayMs;
const leastHistoryDays = 14;

/** What an analysis found. */
export interface Findings {
  readonly candidates: readonly PatternCandidate[];
  /** Whether the mail of a domain was read, so that a pattern of it that is not among the candidates is gone. */
  readonly wasRead: (domain: string) => boolean;
  readonly votes: number;
  /** How many hypotheses were tested of what was read. */
  readonly tested: number;
  /** Whether there is enough to compare; without it there are no patterns yet. */
  readonly isMature: boolean;
}

export interface Search {
  readonly mailbox: AnalyzedMailbox;
  readonly habits: OwnerHabits;
  readonly halfLifeDays: number;
  readonly scope: Scope;
  readonly signal: AbortSignal;
}

/** Reads the events in the scope and finds the patterns in them. @throws the signal's reason when it is aborted */
export async function findPatterns(search: Search): Promise<Findings> {
  const { mailbox, scope, signal } = search;
  const windowStart = new Date(mailbox.now.getTime() - windowMs);
  const domains = scope.kind === 'whole' ? undefined : await domainsSince(mailbox, scope.since);
  const read = new Set(domains);
  const wasRead = domains === undefined ? () => true : (domain: string) => read.has(domain);

  const detection = startDetection(settingsOf(search));
  const context = { ...voteContextOf(search), isSweep: findSweeps(await readTimes(mailbox, windowStart)) };
  let votes = 0;
  let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const ofSender of votesBySender(mailbox, domains, context, signal)) {
    if (ofSender[0]?.sender === mailbox.row.email) continue; // the owner files what they sent themselves
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

/** How votes are read from the events of a mailbox. */
function voteContextOf({ mailbox, habits }: Pick<Search, 'mailbox' | 'habits'>): VoteContext {
  const { now, folderKindOf, row } = mailbox;
  const isExplainedByInboxRule = explainedBy(habits.inboxRules, folderKindOf);
  return { now, folderKindOf, blindWindows: row.blindWindows, isExplainedByInboxRule };
}

function settingsOf({ mailbox, habits, halfLifeDays, scope }: Search): DetectionSettings {
  return {
    now: mailbox.now,
    aggressiveness: mailbox.aggressiveness,
    halfLifeDays,
    // of a part, which can be younger, only an analysis of the whole that found enough is followed
    leastHistoryDays: scope.kind === 'whole' ? leastHistoryDays : 0,
    isProtected: protectedSenders(mailbox.row, habits),
    isSharedDomain: sharedDomains(mailbox.row.email),
  };
}

/**
 * What the Benjamini–Hochberg procedure must know of the domains that are not read: it judges all hypotheses of a mailbox
 * together. A p-value small enough to matter belongs to a pattern with a bound so high that it is stored, with its
 * p-value; of all others only the number counts, and that is known from the last analysis of the whole.
 */
async function testedElsewhere(
  { userId, mailboxId, row }: AnalyzedMailbox,
  wasRead: Findings['wasRead'],
): Promise<TestedElsewhere> {
  const filter = { userId, mailboxId, status: mongoose.trusted({ $ne: 'approved' }) };
  const stored = await Pattern.find(filter, 'condition.senderEmail condition.senderDomain pValue').lean();
  const pValues = stored.flatMap(({ condition, pValue }) =>
    pValue === undefined || wasRead(domainOfCondition(condition)) ? [] : [pValue],
  );
  return { tested: row.analysis?.tested ?? 0, pValues };
}

/** The domain whose mail a pattern is about. */
export function domainOfCondition(
  condition: { readonly senderEmail?: string; readonly senderDomain?: string } | undefined,
): string {
  return condition?.senderDomain ?? domainOf(condition?.senderEmail ?? '');
}
