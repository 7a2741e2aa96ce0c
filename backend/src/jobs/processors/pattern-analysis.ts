import type { Queue } from 'bullmq';
import { z } from 'zod';
import { activeMailboxes } from '../../observation/active-mailboxes.ts';
import { type AnalysisDeps, analyzeMailbox } from '../../patterns/analysis/analyze-mailbox.ts';

import { fanOut } from '../fan-out.ts';
import { endOf, postpone } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface PatternAnalysisDeps extends AnalysisDeps {
  readonly queue: Queue;
  readonly spreadMs: number;
}

const definition = schedule['pattern-analysis'];
const payload = z.object({ mailboxId: z.string() });

/** Each night: a job for each connected mailbox; each looks for patterns in its own events. */
export function patternAnalysisProcessor(deps: PatternAnalysisDeps): JobProcessor {
  const { queue, clock, spreadMs } = deps;
  return async (job, token, signal = new AbortController().signal) => {
    if (job.name === definition.jobName) {
      return { mailboxes: await fanOut({ queue, definition, mailboxIds: activeMailboxes(), spreadMs }) };
    }
    const { mailboxId } = payload.parse(job.data);
    try {
      const report = await analyzeMailbox(deps, mailboxId, { signal });
      return report.outcome === 'throttled' ? await postpone(job, token, clock() + report.retryAfterMs) : report;
    } catch (error) {
      return endOf(error, { job, token, clock });
    }
  };
}
