import type { Clock } from '../../lib/clock.ts';
import { Mailbox } from '../../models/index.ts';
import { type AnalyzedMailbox, type FolderKindsOf, readAnalyzedMailbox, type SkipReason } from './analyzed-mailbox.ts';
import { basisOf } from './basis.ts';
import { type Findings, findPatterns } from './find-patterns.ts';
import { type OwnerHabits, protectedSenders } from './protected-senders.ts';
import { recordChanges, type RecordedChanges } from './record-changes.ts';
import { type Scope, scopeOf } from './scope.ts';
import { storeFindings } from './store-findings.ts';
import { type Drift, watchDrift } from './watch-drift.ts';

/** What reading the owner's habits came to; Graph may want to be left alone for a while. */
export type HabitsReading =
  | { readonly outcome: 'read'; readonly habits: OwnerHabits }
  | { readonly outcome: 'throttled'; readonly retryAfterMs: number };

export interface AnalysisDeps {
  readonly clock: Clock;
  /** After so many days a message counts half. */
  readonly halfLifeDays: number;
  readonly folderKindsOf: FolderKindsOf;
  readonly readHabits: (mailboxId: string, since: Date, signal: AbortSignal) => Promise<HabitsReading>;
}

export interface AnalysisOptions {
  readonly signal: AbortSignal;
  /** Whether all mail is to be read, also where nothing is new. */
  readonly full?: boolean;
}

export type AnalysisReport =
  | { readonly outcome: SkipReason }
  | { readonly outcome: 'throttled'; readonly retryAfterMs: number; readonly suspended: number }
  | AnalysisResult;

interface AnalysisResult extends RecordedChanges {
  readonly outcome: 'analyzed';
  readonly scope: Scope['kind'];
  /** Messages that voted. */
  readonly votes: number;
  /** Patterns among what was read. */
  readonly found: number;
  /** Rules that were stopped because their owner reverses them. */
  readonly suspended: number;
}

const dayMs = 24 * 60 * 60_000;
const windowMs = 90 * dayMs;

/**
 * Searches the events of a mailbox for what its owner does again and again, and brings its patterns up to date. It may
 * be repeated at any time, also after a crash half-way: nothing is then written twice.
 * @throws NotFoundError when there is no such mailbox; what `readHabits` throws; the signal's reason when it is aborted
 */
export async function analyzeMailbox(
  deps: AnalysisDeps,
  mailboxId: string,
  { signal, full = false }: AnalysisOptions,
): Promise<AnalysisReport> {
  const now = new Date(deps.clock());
  const mailbox = await readAnalyzedMailbox(mailboxId, { now, folderKindsOf: deps.folderKindsOf });
  if (typeof mailbox === 'string') return { outcome: mailbox };
  const drift = await watchDrift(mailbox, signal);
  const reading = await deps.readHabits(mailboxId, new Date(now.getTime() - windowMs), signal);
  if (reading.outcome === 'throttled') return { ...reading, suspended: drift.suspended };

  const { halfLifeDays } = deps;
  const { habits } = reading;
  const basis = basisOf(mailbox, habits, halfLifeDays);
  const scope = scopeOf(mailbox, basis, full);
  const findings = await findPatterns({ mailbox, habits, halfLifeDays, scope, signal });
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
  readonly drift: Drift;
}

async function write({ mailbox, habits, findings, drift }: Analyzed): Promise<RecordedChanges> {
  const { userId, mailboxId, now, row } = mailbox;
  const isProtected = protectedSenders(row, habits);
  await storeFindings({ userId, mailboxId, now, findings, isProtected, heldBack: drift.heldBack });
  return recordChanges({ userId, mailboxId, email: row.email, since: row.lastAnalyzedAt });
}

interface Finished {
  readonly scope: Scope;
  readonly basis: string;
  readonly findings: Findings;
}

/** Notes that an analysis came to its end; until there is enough mail to compare, the next one reads the whole, too. */
async function finish(
  { userId, mailboxId, row, now }: AnalyzedMailbox,
  { scope, basis, findings }: Finished,
): Promise<void> {
  const analysis =
    scope.kind === 'whole' && findings.isMature ? { analysis: { fullAt: now, basis, tested: findings.tested } } : {};
  await Mailbox.updateOne(
    { _id: mailboxId, userId, lastAnalyzedAt: row.lastAnalyzedAt ?? null },
    { $set: { lastAnalyzedAt: now, ...analysis } },
  );
}
