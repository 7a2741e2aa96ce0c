import type { Queue } from 'bullmq';
import { activeMailboxes } from '../../observation/active-mailboxes.ts';
import { type AnalysisDeps, analyzeMailbox } from '../../patterns/analysis/analyze-mailbox.ts';
import { fanOut } from '../fan-out.ts';
import { mailboxPayload } from '../mailbox-jobs.ts';
import { postpone, resolveFailure } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface PatternAnalysisDeps extends AnalysisDeps {
  readonly queue: Queue;
  readonly spreadMs: number;
}

const definition = schedule['pattern-analysis'];

/** Each night: adds a job for each connected mailbox; each job detects patterns in the events of its mailbox. */
export function patternAnalysisProcessor(deps: PatternAnalysisDeps): JobProcessor {
  const { queue, clock, spreadMs } = deps;
  return async (job, token, signal = new AbortController().signal) => {
    if (job.name === definition.jobName) {
      return { mailboxes: await fanOut({ queue, definition, mailboxIds: activeMailboxes(), spreadMs }) };
    }
    const { mailboxId } = mailboxPayload.parse(job.data);
    try {
      const report = await analyzeMailbox(deps, mailboxId, { signal });
      return report.outcome === 'throttled' ? await postpone(job, token, clock() + report.retryAfterMs) : report;
    } catch (error) {
      return resolveFailure(error, { job, token, clock });
    }
  };
}
