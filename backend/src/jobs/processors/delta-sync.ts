import type { Queue } from 'bullmq';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { mailboxesDue } from '../../observation/delta-sync/sync-due.ts';
import { type SyncDeps, syncMailbox } from '../../observation/delta-sync/sync-mailbox.ts';
import { fanOut } from '../fan-out.ts';
import { promoteMailboxJob } from '../mailbox-jobs.ts';
import { endOf, postpone } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface DeltaSyncDeps extends SyncDeps {
  readonly queue: Queue;
  readonly clock: Clock;
  readonly spreadMs: number;
  /** How long one job may work on a mailbox, so that a huge one delays nobody; a minute when it is left out. */
  readonly budgetMs?: number;
  /** Has a mailbox searched for patterns, once it is read for the first time: a person need not wait for the night. */
  readonly requestAnalysis?: (mailboxId: string) => Promise<void>;
  /** Lets rules look at the mail that was seen to come in; it does not fail. */
  readonly automate?: (mailboxId: string, signal: AbortSignal) => Promise<void>;
}

const definition = schedule['delta-sync'];
const payload = z.object({ mailboxId: z.string() });
const defaultBudgetMs = 60_000;
/** How soon to look again for a mailbox that another process is at. */
const busyDelayMs = 15_000;

/** Every 15 min: a job for each mailbox that is due, and in it a stretch of that mailbox's synchronization. */
export function deltaSyncProcessor(deps: DeltaSyncDeps): JobProcessor {
  const { queue, clock, spreadMs, budgetMs = defaultBudgetMs } = deps;
  return async (job, token, signal = new AbortController().signal) => {
    if (job.name === definition.jobName) {
      // Those that become due while the jobs of this round start are not left to the next one.
      return { mailboxes: await fanOut({ queue, definition, mailboxIds: mailboxesDue(clock() + spreadMs), spreadMs }) };
    }
    const { mailboxId } = payload.parse(job.data);
    const comeBackIn = (delayMs: number) => postpone(job, token, clock() + delayMs);
    try {
      const report = await syncMailbox(deps, mailboxId, { signal, budgetMs });
      if (report.outcome === 'busy') return await comeBackIn(busyDelayMs);
      await deps.automate?.(mailboxId, signal);
      if (report.retryAfterMs !== undefined) return await comeBackIn(report.retryAfterMs);
      if (report.outcome === 'unfinished') await promoteMailboxJob({ queue, definition, mailboxId });
      if (report.isFirst === true) await deps.requestAnalysis?.(mailboxId);
      return report;
    } catch (error) {
      return endOf(error, { job, token, clock });
    }
  };
}
