import type { Queue } from 'bullmq';
import { z } from 'zod';
import { drillMailbox } from '../../automation/undo/undo-drill.ts';
import { type MaintenanceDeps, runMaintenance } from '../../automation/maintenance.ts';
import { mailboxesWithWork } from '../../automation/mailboxes-with-work.ts';
import { activeMailboxes } from '../../observation/active-mailboxes.ts';
import { fanOut } from '../fan-out.ts';
import { promoteMailboxJob } from '../mailbox-jobs.ts';
import { endOf, postpone } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface StagingProcessorDeps extends MaintenanceDeps {
  readonly queue: Queue;
  readonly spreadMs: number;
  /** For how long an act can be undone. */
  readonly undoDays: number;
  /** Whether it is checked each night that an act could still be undone. */
  readonly undoDrill: boolean;
  /** Recovers what a crash left open outside of mailboxes. */
  readonly recoverInterrupted: () => Promise<{ readonly finished: number; readonly dropped: number }>;
  /** Tells everybody what of their mail waits to be deleted, once a day. @returns how many were told */
  readonly sendDigests: () => Promise<number>;
}

const definition = schedule['staging-processor'];
const payload = z.object({ mailboxId: z.string() });
/** How soon to look again for a mailbox that others write to. */
const busyDelayMs = 15_000;

/** Every 30 min: recovers interrupted work once, and makes a job for each mailbox that has work; the job does it. */
export function stagingProcessor(deps: StagingProcessorDeps): JobProcessor {
  const { queue, clock, spreadMs } = deps;
  return async (job, token, signal = new AbortController().signal) => {
    if (job.name === definition.jobName) {
      const recovered = await deps.recoverInterrupted();
      // what becomes due while the jobs of this round start is not left to the next one
      const time = { until: clock() + spreadMs, drills: deps.undoDrill };
      const mailboxIds = mailboxesWithWork(activeMailboxes(), time);
      const mailboxes = await fanOut({ queue, definition, mailboxIds, spreadMs });
      return { mailboxes, recovered, digests: await deps.sendDigests() };
    }
    const { mailboxId } = payload.parse(job.data);
    try {
      const report = await runMaintenance(deps, { mailboxId, signal });
      const comeBackInMs = report.outcome === 'busy' ? busyDelayMs : report.retryAfterMs;
      if (comeBackInMs !== undefined) return await postpone(job, token, clock() + comeBackInMs);
      if (report.outcome === 'unfinished') await promoteMailboxJob({ queue, definition, mailboxId });
      return deps.undoDrill ? { ...report, drill: await drillMailbox(deps, { mailboxId, signal }) } : report;
    } catch (error) {
      return endOf(error, { job, token, clock });
    }
  };
}
