import type { Queue } from 'bullmq';
import type { Clock } from '../../lib/clock.ts';
import { mailboxesDue } from '../../observation/delta-sync/sync-due.ts';
import { type SyncDeps, syncMailbox } from '../../observation/delta-sync/sync-mailbox.ts';
import { minuteMs, secondMs } from '../../lib/durations.ts';
import { fanOut } from '../fan-out.ts';
import { mailboxPayload, promoteMailboxJob } from '../mailbox-jobs.ts';
import { postpone, resolveFailure } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface DeltaSyncDeps extends SyncDeps {
  readonly queue: Queue;
  readonly clock: Clock;
  readonly spreadMs: number;
  /** Time that one job may spend on a mailbox, so that a large one does not block others; a minute when left out. */
  readonly budgetMs?: number;
  /** Queues a pattern analysis after the first complete synchronization, instead of waiting for the night. */
  readonly requestAnalysis?: (mailboxId: string) => Promise<void>;
  /** Applies rules to newly arrived mail; does not throw. */
  readonly automate?: (mailboxId: string, signal: AbortSignal) => Promise<void>;
}

const definition = schedule['delta-sync'];
const defaultBudgetMs = minuteMs;
/** Delay when another process holds the mailbox. */
const busyDelayMs = 15 * secondMs;

/** Every 15 minutes: adds a job for each mailbox that is due; each job runs one slice of its synchronization. */
export function deltaSyncProcessor(deps: DeltaSyncDeps): JobProcessor {
  const { queue, clock, spreadMs, budgetMs = defaultBudgetMs } = deps;
  return async (job, token, signal = new AbortController().signal) => {
    if (job.name === definition.jobName) {
      // includes mailboxes that become due while these jobs start
      return { mailboxes: await fanOut({ queue, definition, mailboxIds: mailboxesDue(clock() + spreadMs), spreadMs }) };
    }
    const { mailboxId } = mailboxPayload.parse(job.data);
    const retryIn = (delayMs: number) => postpone(job, token, clock() + delayMs);
    try {
      const report = await syncMailbox(deps, mailboxId, { signal, budgetMs });
      if (report.outcome === 'busy') return await retryIn(busyDelayMs);
      await deps.automate?.(mailboxId, signal);
      if (report.retryAfterMs !== undefined) return await retryIn(report.retryAfterMs);
      if (report.outcome === 'unfinished') await promoteMailboxJob({ queue, definition, mailboxId });
      if (report.isFirst === true) await deps.requestAnalysis?.(mailboxId);
      return report;
    } catch (error) {
      return resolveFailure(error, { job, token, clock });
    }
  };
}
