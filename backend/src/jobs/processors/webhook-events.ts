import type { Queue } from 'bullmq';
import { type DrainDeps, drainNotifications } from '../../observation/webhooks/drain.ts';
import { addMailboxJob, mailboxPayload } from '../mailbox-jobs.ts';
import { postpone, skipReasonOf, tokenRetryAfterMs } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { registry } from '../registry.ts';

export interface WebhookEventsDeps extends DrainDeps {
  readonly queue: Queue;
  /** Applies rules to newly arrived mail; does not throw. */
  readonly automate?: (mailboxId: string, signal: AbortSignal) => Promise<void>;
}

const definition = registry['webhook-events'];

/** Processes the change notifications of one mailbox. Those that arrive meanwhile are processed by one further job. */
export function webhookEventsProcessor(deps: WebhookEventsDeps): JobProcessor {
  const { queue, clock, notified } = deps;
  return async (job, token, signal = new AbortController().signal) => {
    const { mailboxId } = mailboxPayload.parse(job.data);
    const isLastTry = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    const addNextJob = () => addMailboxJob({ queue, definition, mailboxId });
    try {
      const report = await drainNotifications(deps, { mailboxId, isLastTry, signal });
      await deps.automate?.(mailboxId, signal);
      if (report.outcome === 'unfinished') await addNextJob();
      if (report.retryAfterMs === undefined) return report;
      return await postpone(job, token, clock() + report.retryAfterMs);
    } catch (error) {
      const delayMs = tokenRetryAfterMs(error);
      if (delayMs !== undefined) return postpone(job, token, clock() + delayMs);
      const outcome = skipReasonOf(error);
      if (outcome === undefined) {
        if (isLastTry) await addNextJob();
        throw error;
      }
      await notified.forget(mailboxId); // the next synchronization finds these changes
      return { outcome };
    }
  };
}
