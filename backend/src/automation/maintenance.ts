import { ThrottledError } from '../graph/errors.ts';
import { mailboxNotFound } from '../lib/errors.ts';
import { Mailbox } from '../models/index.ts';
import { extendAcrossConnection } from './staging/extend-expiry.ts';
import { concernsOneMessage } from './graph-faults.ts';
import {
  withWriteLease,
  letOthersIn,
  MailboxBusyError,
  type WriteDeps,
  sliceMs,
  type WriteLease,
} from './write-lease.ts';
import { evaluateDue } from './evaluate-due.ts';
import { recoverOpenActions } from './recover-actions.ts';
import { StagingComparison } from './staging/compare-staging.ts';
import { tellOwner } from './tell-owner.ts';
import { recheckRules } from './places/check-rules.ts';
import { processDueStaged } from './staging/process-due.ts';

export interface MaintenanceDeps extends WriteDeps {
  /** Applies rules to pending mail, for a few seconds. */
  readonly evaluate: (lease: WriteLease) => Promise<{ readonly more: boolean }>;
  /** Continues runs of rules on existing mail, for a few seconds. */
  readonly continueRuns: (lease: WriteLease) => Promise<{ readonly more: boolean }>;
  /** Milliseconds that a message waits that is found in the staging folder without a row. */
  readonly stagingMs: number;
  /** Milliseconds that one job may work on a mailbox; a minute if left out. */
  readonly budgetMs?: number;
}

export interface MaintenanceReport {
  /**
   * `unfinished`: more work is left. `busy`: others hold the write lease. `throttled`: Graph limits requests to the
   * mailbox.
   */
  readonly outcome: 'done' | 'unfinished' | 'busy' | 'throttled' | 'disconnected';
  /** Milliseconds that Graph asks to wait. */
  readonly retryAfterMs?: number;
  /** Number of open actions that were recovered. */
  readonly recovered: number;
  readonly executed: number;
  readonly rescued: number;
  readonly expired: number;
  /** Number of messages found in the staging folder without a row. */
  readonly found: number;
  /** Number of staged messages that had left the staging folder. */
  readonly settled: number;
  /** Number of staged messages on which Graph failed. */
  readonly failed: number;
}

type Compared = 'found' | 'settled';
type Counts = { -readonly [K in Exclude<keyof MaintenanceReport, 'outcome' | 'retryAfterMs' | Compared>]: number };
type Step = (lease: WriteLease, endsAt: number) => Promise<boolean>;

const defaultBudgetMs = 60_000;
const waitMs = 10_000;

/**
 * Does the open work of a mailbox: recovers actions that a crash left open, looks at the folders of rules, compares the
 * staging folder with the rows of staged mail, applies rules to pending mail and timed rules to what has
 * reached their time, continues runs, and resolves staged mail
 * that is due or marked for rescue. It works in slices of a few seconds, between which others can
 * write to the mailbox. A part that fails keeps none of the others from its turn.
 * @throws the first failure, after everything else is done; at once what concerns the whole mailbox: what getToken
 * throws; LeaseLostError; the signal's reason; NotFoundError when there is no such mailbox
 */
export async function runMaintenance(
  deps: MaintenanceDeps,
  { mailboxId, signal }: { readonly mailboxId: string; readonly signal: AbortSignal },
): Promise<MaintenanceReport> {
  const endsAt = performance.now() + (deps.budgetMs ?? defaultBudgetMs);
  const work = new Maintenance(deps);
  const mailbox = await Mailbox.findById(mailboxId, 'isConnected').lean();
  if (mailbox === null) throw mailboxNotFound();
  if (!mailbox.isConnected) return work.report('disconnected');
  for (;;) {
    try {
      await withWriteLease(deps, { mailboxId, signal, waitMs }, (lease) => work.doSlice(lease));
    } catch (error) {
      if (error instanceof MailboxBusyError) return work.report('busy');
      if (error instanceof ThrottledError) return { ...work.report('throttled'), retryAfterMs: error.retryAfterMs };
      throw error;
    }
    if (work.isDone) return work.report('done');
    if (performance.now() > endsAt) return work.report('unfinished');
    await letOthersIn(signal);
  }
}

/** The parts of a mailbox's work, in turns: a part that has more to do is queued again after the others. */
class Maintenance {
  readonly #counts: Counts = { recovered: 0, executed: 0, rescued: 0, expired: 0, failed: 0 };
  readonly #turns: Step[];
  readonly #comparison: StagingComparison;
  #failure: Error | undefined;
  #areRulesChecked = false;

  constructor({ evaluate, continueRuns, stagingMs }: MaintenanceDeps) {
    this.#comparison = new StagingComparison({ stagingMs });
    this.#turns = [
      (lease, endsAt) => this.#comparison.step(lease, endsAt),
      async (lease) => (await evaluate(lease)).more,
      async (lease) => (await evaluateDue(lease, { stagingMs })).more,
      async (lease) => (await continueRuns(lease)).more,
      (lease, endsAt) => this.#processDue(lease, endsAt),
    ];
  }

  get isDone(): boolean {
    return this.#turns.length === 0;
  }

  /** Does one slice: at least one part. */
  async doSlice(lease: WriteLease): Promise<void> {
    const endsAt = performance.now() + sliceMs;
    await extendAcrossConnection(lease);
    await this.#attempt(async () => {
      this.#counts.recovered += await recoverOpenActions(lease);
    });
    if (!this.#areRulesChecked) {
      await this.#attempt(() => tellOwner(lease));
      await this.#attempt(() => recheckRules(lease));
    }
    this.#areRulesChecked = true;
    do {
      const step = this.#turns.shift();
      if (step === undefined) return;
      lease.signal.throwIfAborted();
      await this.#attempt(async () => {
        if (await step(lease, endsAt)) this.#turns.push(step);
      });
    } while (performance.now() < endsAt);
  }

  /** @throws the first failure that concerned one message, if any */
  report(outcome: MaintenanceReport['outcome']): MaintenanceReport {
    if (this.#failure !== undefined) throw this.#failure;
    const { found, settled } = this.#comparison;
    return { outcome, ...this.#counts, found, settled };
  }

  async #processDue(lease: WriteLease, endsAt: number): Promise<boolean> {
    const { endings, more } = await processDueStaged(lease, endsAt);
    for (const ending of endings) {
      if (ending === 'executed' || ending === 'rescued' || ending === 'expired') this.#counts[ending] += 1;
      if (ending === 'refused') this.#counts.failed += 1;
    }
    return more;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!concernsOneMessage(error)) throw error;
      this.#failure ??= error;
    }
  }
}
