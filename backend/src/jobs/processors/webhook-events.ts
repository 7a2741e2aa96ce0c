import type { Queue } from 'bullmq';
import { z } from 'zod';
import { type DrainDeps, drainNotifications } from '../../observation/webhooks/drain.ts';
import { addMailboxJob } from '../mailbox-jobs.ts';
import { postpone, quietEndOf, tokenDelayOf } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { registry } from '../registry.ts';

export interface WebhookEventsDeps extends DrainDeps {
  readonly queue: Queue;
  /** Lets rules look at the mail that was seen to come in; it does not fail. */
  readonly automate?: (mailboxId: string, signal: AbortSignal) => Promise<void>;
}

const definition = registry['webhook-events'];
const payload = z.object({ mailboxId: z.string() });

/** Looks at what Graph has told of in one mailbox. What comes meanwhile is seen by one further job. */
export function webhookEventsProcessor(deps: WebhookEventsDeps): JobProcessor {
  const { queue, clock, notified } = deps;
  return async (job, token, signal = new AbortController().signal) => {
    const { mailboxId } = payload.parse(job.data);
    const isLastTry = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    const goOn = () => addMailboxJob({ queue, definition, mailboxId });
    try {
      const report = await drainNotifications(deps, { mailboxId, isLastTry, signal });
      await deps.automate?.(mailboxId, signal);
      if (report.outcome === 'unfinished') await goOn();
      if (report.retryAfterMs === undefined) return report;
      return await postpone(job, token, clock() + report.retryAfterMs);
    } catch (error) {
      const delayMs = tokenDelayOf(error);
      if (delayMs !== undefined) return postpone(job, token, clock() + delayMs);
      const outcome = quietEndOf(error);
      if (outcome === undefined) {
        if (isLastTry) await goOn();
        throw error;
      }
      await notified.forget(mailboxId); // synchronization finds it, once the mailbox is back
      return { outcome };
    }
  };
}
