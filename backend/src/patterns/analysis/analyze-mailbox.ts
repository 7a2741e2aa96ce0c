import { eventRetentionMs } from '../../lib/retention.ts';
import type { Clock } from '../../lib/clock.ts';
import type { HabitsReading, OwnerHabits } from '../../models/fields/owner-habits.ts';
import { Mailbox } from '../../models/index.ts';
import { type AnalyzedMailbox, type FolderKindsOf, readAnalyzedMailbox, type SkipReason } from './analyzed-mailbox.ts';
import { basisOf } from './basis.ts';
import { storeMonths } from './monthly-counts.ts';
import { type Findings, findPatterns } from './find-patterns.ts';
import { protectedSenders } from './protected-senders.ts';
import { recordChanges, type RecordedChanges } from './record-changes.ts';
import { type Scope, scopeOf } from './scope.ts';
import { readUnusableTargets } from './usable-targets.ts';
import { storeFindings } from './store-findings.ts';
import { type DriftReport, watchDrift } from './watch-drift.ts';
import { watchOwnRules } from './watch-own-rules.ts';

export interface AnalysisDeps {
  readonly clock: Clock;
  /** Converts our time to Graph's, in milliseconds since the epoch; the same when left out. */
  readonly toGraphTime?: (ours: number) => number;
  /** Half-life of a message's weight, in days. */
  readonly halfLifeDays: number;
  readonly folderKindsOf: FolderKindsOf;
  readonly readHabits: (mailboxId: string, since: Date, signal: AbortSignal) => Promise<HabitsReading>;
}

export interface AnalysisOptions {
  readonly signal: AbortSignal;
  /** Reads all mail, also of domains without new events. */
  readonly full?: boolean;
}

export type AnalysisReport =
  | { readonly outcome: SkipReason }
  | { readonly outcome: 'throttled'; readonly retryAfterMs: number; readonly suspended: number }
  | AnalysisResult;

interface AnalysisResult extends RecordedChanges {
  readonly outcome: 'analyzed';
  readonly scope: Scope['kind'];
  /** Number of messages that voted. */
  readonly votes: number;
  /** Number of patterns found in the events that were read. */
  readonly found: number;
  /** Number of rules suspended because their owner reverses them. */
  readonly suspended: number;
}

/**
 * Detects patterns in the events of a mailbox and updates its Pattern rows. Idempotent, also after a crash: a repeated
 * analysis writes nothing twice.
 * @throws NotFoundError when the mailbox does not exist; what `readHabits` throws; the signal's reason when aborted
 */
export async function analyzeMailbox(
  deps: AnalysisDeps,
  mailboxId: string,
  { signal, full = false }: AnalysisOptions,
): Promise<AnalysisReport> {
  const now = new Date(deps.clock());
  const { folderKindsOf, toGraphTime = (ours: number) => ours } = deps;
  const inGraphTime = (ours: Date): Date => new Date(toGraphTime(ours.getTime()));
  const mailbox = await readAnalyzedMailbox(mailboxId, { now, inGraphTime, folderKindsOf });
  if (typeof mailbox === 'string') return { outcome: mailbox };
  const drift = await watchDrift(mailbox, signal);
  await watchOwnRules(mailbox);
  const reading = await deps.readHabits(mailboxId, new Date(now.getTime() - eventRetentionMs), signal);
  if (reading.outcome === 'throttled') return { ...reading, suspended: drift.suspended };

  const { halfLifeDays } = deps;
  const { habits } = reading;
  const unusableTargets = await readUnusableTargets(mailbox);
  const basis = basisOf(mailbox, habits, { halfLifeDays, unusableTargets });
  const scope = scopeOf(mailbox, basis, full);
  const findings = await findPatterns({ mailbox, habits, halfLifeDays, scope, signal });
  if (scope.kind === 'whole') await storeMonths(mailbox, findings.counted, findings.months);
  const recorded = await write({ mailbox, habits, findings, drift });
  await finish(mailbox, { scope, basis, findings });
  const { votes, candidates } = findings;
  const { suspended } = drift;
  return { outcome: 'analyzed', scope: scope.kind, votes, found: candidates.length, suspended, ...recorded };
}

interface Analyzed {
  readonly mailbox: AnalyzedMailbox;
  readonly habits: OwnerHabits;
  readonly findings: Findings;
  readonly drift: DriftReport;
}

async function write({ mailbox, habits, findings, drift }: Analyzed): Promise<RecordedChanges> {
  const { userId, mailboxId, now, row, whitelist } = mailbox;
  const protectionOf = protectedSenders(whitelist, habits);
  await storeFindings({ userId, mailboxId, now, findings, protectionOf, heldBack: drift.heldBack });
  return recordChanges({ userId, mailboxId, email: row.email, since: row.lastAnalyzedAt });
}

interface Finished {
  readonly scope: Scope;
  readonly basis: string;
  readonly findings: Findings;
}

/** Records the end of an analysis. Without enough history, the next analysis reads the whole mailbox again. */
async function finish(
  { userId, mailboxId, row, now }: AnalyzedMailbox,
  { scope, basis, findings }: Finished,
): Promise<void> {
  const analysis =
    scope.kind === 'whole' && findings.isMature
      ? { analysis: { fullAt: now, basis, tested: findings.tested, levels: findings.levels } }
      : {};
  await Mailbox.updateOne(
    { _id: mailboxId, userId, lastAnalyzedAt: row.lastAnalyzedAt ?? null },
    { $set: { lastAnalyzedAt: now, ...analysis } },
  );
}
