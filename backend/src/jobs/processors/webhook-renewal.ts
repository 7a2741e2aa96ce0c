import type { Queue } from 'bullmq';
import type { Logger } from '../../lib/logger.ts';
import { renewMailboxSubscription, type RenewalDeps } from '../../observation/subscriptions/subscription-renewal.ts';
import { activeMailboxes } from '../../observation/active-mailboxes.ts';
import { fanOut } from '../fan-out.ts';
import { mailboxPayload } from '../mailbox-jobs.ts';
import { postpone, resolveFailure } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface WebhookRenewalDeps extends Omit<RenewalDeps, 'publicUrl'> {
  readonly queue: Queue;
  readonly logger: Logger;
  readonly spreadMs: number;
  /** The URL at which Graph reaches the service; without it there are no subscriptions. */
  readonly publicUrl: string | undefined;
}

const definition = schedule['webhook-renewal'];

/** Every two hours: adds a job for each active mailbox; each job creates or renews the subscription of its mailbox. */
export function webhookRenewalProcessor(deps: WebhookRenewalDeps): JobProcessor {
  const { queue, logger, spreadMs, publicUrl, clock } = deps;
  let isLogged = false;
  return async (job, token, signal = new AbortController().signal) => {
    if (publicUrl === undefined) {
      if (!isLogged) logger.info('No public URL is configured: changes are found by synchronization only');
      isLogged = true;
      return { outcome: 'no_public_address' };
    }
    if (job.name === definition.jobName) {
      return { mailboxes: await fanOut({ queue, definition, mailboxIds: activeMailboxes(), spreadMs }) };
    }
    const { mailboxId } = mailboxPayload.parse(job.data);
    const isLastTry = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    try {
      const report = await renewMailboxSubscription({ ...deps, publicUrl }, { mailboxId, isLastTry, signal });
      return report.outcome === 'throttled' ? await postpone(job, token, clock() + report.retryAfterMs) : report;
    } catch (error) {
      return resolveFailure(error, { job, token, clock });
    }
  };
}
