import { ThrottledError } from '../graph/errors.ts';
import { NotFoundError } from '../lib/errors.ts';
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
import { recoverOpenActions } from './recover-actions.ts';
import { processDueStaged } from './staging/process-due.ts';

export interface MaintenanceDeps extends WriteDeps {
  /** Lets rules look at mail that has come in, for a few seconds. */
  readonly evaluate: (lease: WriteLease) => Promise<{ readonly more: boolean }>;
  /** Goes on with rules that are applied to mail that is there, for a few seconds. */
  readonly continueRuns: (lease: WriteLease) => Promise<{ readonly more: boolean }>;
  /** How long one job may work on a mailbox, in milliseconds; a minute when it is left out. */
  readonly budgetMs?: number;
}

export interface MaintenanceReport {
  /**
   * `unfinished`: there is more to do. `busy`: others write to the mailbox all the time. `throttled`: Graph wants the
   * mailbox left alone.
   */
  readonly outcome: 'done' | 'unfinished' | 'busy' | 'throttled' | 'disconnected';
  /** For how long Graph wants it left alone, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Number of open actions that were recovered. */
  readonly recovered: number;
  readonly executed: number;
  readonly rescued: number;
  readonly expired: number;
  /** Staged messages with which Graph failed. */
  readonly failed: number;
}

type Counts = { -readonly [K in Exclude<keyof MaintenanceReport, 'outcome' | 'retryAfterMs'>]: number };
type Step = (lease: WriteLease, endsAt: number) => Promise<boolean>;

const defaultBudgetMs = 60_000;
const waitMs = 10_000;

/**
 * Brings to its end what is open in a mailbox: actions left behind by a crash, mail that rules have not looked at, runs of
 * rules, and staged mail that is to be rescued or is due. It is done in slices of a few seconds, between which others
 * can write to the mailbox. A part that fails keeps none of the others from its turn.
 * @throws the first failure, when everything else is done; at once what concerns the whole mailbox: what getToken
 * throws; LeaseLostError; the signal's reason; NotFoundError when there is no such mailbox
 */
export async function runMaintenance(
  deps: MaintenanceDeps,
  { mailboxId, signal }: { readonly mailboxId: string; readonly signal: AbortSignal },
): Promise<MaintenanceReport> {
  const endsAt = performance.now() + (deps.budgetMs ?? defaultBudgetMs);
  const house = new House(deps);
  const mailbox = await Mailbox.findById(mailboxId, 'isConnected').lean();
  if (mailbox === null) throw new NotFoundError('There is no such mailbox');
  if (!mailbox.isConnected) return house.report('disconnected');
  for (;;) {
    try {
      await withWriteLease(deps, { mailboxId, signal, waitMs }, (lease) => house.work(lease));
    } catch (error) {
      if (error instanceof MailboxBusyError) return house.report('busy');
      if (error instanceof ThrottledError) return { ...house.report('throttled'), retryAfterMs: error.retryAfterMs };
      throw error;
    }
    if (house.isDone) return house.report('done');
    if (performance.now() > endsAt) return house.report('unfinished');
    await letOthersIn(signal);
  }
}

/** What is to be done in a mailbox, in turns: a part with much to do comes again after the others. */
class House {
  readonly #counts: Counts = { recovered: 0, executed: 0, rescued: 0, expired: 0, failed: 0 };
  readonly #turns: Step[];
  #failure: Error | undefined;

  constructor({ evaluate, continueRuns }: MaintenanceDeps) {
    this.#turns = [
      async (lease) => (await evaluate(lease)).more,
      async (lease) => (await continueRuns(lease)).more,
      (lease, endsAt) => this.#workOff(lease, endsAt),
    ];
  }

  get isDone(): boolean {
    return this.#turns.length === 0;
  }

  /** A slice of it: at least one part. */
  async work(lease: WriteLease): Promise<void> {
    const endsAt = performance.now() + sliceMs;
    await extendAcrossConnection(lease);
    await this.#attempt(async () => {
      this.#counts.recovered += await recoverOpenActions(lease);
    });
    do {
      const step = this.#turns.shift();
      if (step === undefined) return;
      lease.signal.throwIfAborted();
      await this.#attempt(async () => {
        if (await step(lease, endsAt)) this.#turns.push(step);
      });
    } while (performance.now() < endsAt);
  }

  /** @throws the first failure of one message, if there was any */
  report(outcome: MaintenanceReport['outcome']): MaintenanceReport {
    if (this.#failure !== undefined) throw this.#failure;
    return { outcome, ...this.#counts };
  }

  async #workOff(lease: WriteLease, endsAt: number): Promise<boolean> {
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
