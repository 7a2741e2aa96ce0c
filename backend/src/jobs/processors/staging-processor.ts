import type { Queue } from 'bullmq';
import { drillMailbox } from '../../automation/undo/undo-drill.ts';
import { type MaintenanceDeps, runMaintenance } from '../../automation/maintenance.ts';
import { mailboxesWithWork } from '../../automation/mailboxes-with-work.ts';
import { activeMailboxes } from '../../observation/active-mailboxes.ts';
import { secondMs } from '../../lib/durations.ts';
import { fanOut } from '../fan-out.ts';
import { mailboxPayload, promoteMailboxJob } from '../mailbox-jobs.ts';
import { postpone, resolveFailure } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface StagingProcessorDeps extends MaintenanceDeps {
  readonly queue: Queue;
  readonly spreadMs: number;
  /** Days for which an act can be undone. */
  readonly undoDays: number;
  /** Enables the daily check that an act can still be undone. */
  readonly undoDrill: boolean;
  /** Recovers work outside of mailboxes that a crash left open. */
  readonly recoverInterrupted: () => Promise<{ readonly finished: number; readonly dropped: number }>;
  /** Notifies users of their staged mail, once a day. @returns the number of users notified */
  readonly sendDigests: () => Promise<number>;
}

const definition = schedule['staging-processor'];
/** Delay when another process writes to the mailbox. */
const busyDelayMs = 15 * secondMs;

/**
 * Every 30 minutes: recovers interrupted work, then adds a job for each mailbox with pending actions, which runs the
 * maintenance of its mailbox.
 */
export function stagingProcessor(deps: StagingProcessorDeps): JobProcessor {
  const { queue, clock, spreadMs } = deps;
  return async (job, token, signal = new AbortController().signal) => {
    if (job.name === definition.jobName) {
      const recovered = await deps.recoverInterrupted();
      // includes mail that becomes due while these jobs start
      const time = { until: clock() + spreadMs, drills: deps.undoDrill };
      const mailboxIds = mailboxesWithWork(activeMailboxes(), time);
      const mailboxes = await fanOut({ queue, definition, mailboxIds, spreadMs });
      return { mailboxes, recovered, digests: await deps.sendDigests() };
    }
    const { mailboxId } = mailboxPayload.parse(job.data);
    try {
      const report = await runMaintenance(deps, { mailboxId, signal });
      const retryInMs = report.outcome === 'busy' ? busyDelayMs : report.retryAfterMs;
      if (retryInMs !== undefined) return await postpone(job, token, clock() + retryInMs);
      if (report.outcome === 'unfinished') await promoteMailboxJob({ queue, definition, mailboxId });
      return deps.undoDrill ? { ...report, drill: await drillMailbox(deps, { mailboxId, signal }) } : report;
    } catch (error) {
      return resolveFailure(error, { job, token, clock });
    }
  };
}
