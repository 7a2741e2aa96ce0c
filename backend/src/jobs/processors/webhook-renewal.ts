import type { Queue } from 'bullmq';
import { z } from 'zod';
import type { Logger } from '../../lib/logger.ts';
import { renewMailboxSubscription, type RenewalDeps } from '../../observation/subscriptions/subscription-renewal.ts';
import { activeMailboxes } from '../../observation/active-mailboxes.ts';
import { fanOut } from '../fan-out.ts';
import { endOf, postpone } from '../mailbox-outcome.ts';
import type { JobProcessor } from '../processors.ts';
import { schedule } from '../registry.ts';

export interface WebhookRenewalDeps extends Omit<RenewalDeps, 'publicUrl'> {
  readonly queue: Queue;
  readonly logger: Logger;
  readonly spreadMs: number;
  /** Where Graph reaches us; without it there are no subscriptions. */
  readonly publicUrl: string | undefined;
}

const definition = schedule['webhook-renewal'];
const payload = z.object({ mailboxId: z.string() });

/** Every 2 h: a job for each mailbox that may be watched; each looks after its own subscription. */
export function webhookRenewalProcessor(deps: WebhookRenewalDeps): JobProcessor {
  const { queue, logger, spreadMs, publicUrl, clock } = deps;
  let isSaid = false;
  return async (job, token, signal = new AbortController().signal) => {
    if (publicUrl === undefined) {
      if (!isSaid) logger.info('No public address: mail is watched by synchronization alone');
      isSaid = true;
      return { outcome: 'no_public_address' };
    }
    if (job.name === definition.jobName) {
      return { mailboxes: await fanOut({ queue, definition, mailboxIds: activeMailboxes(), spreadMs }) };
    }
    const { mailboxId } = payload.parse(job.data);
    const isLastTry = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    try {
      const report = await renewMailboxSubscription({ ...deps, publicUrl }, { mailboxId, isLastTry, signal });
      return report.outcome === 'throttled' ? await postpone(job, token, clock() + report.retryAfterMs) : report;
    } catch (error) {
      return endOf(error, { job, token, clock });
    }
  };
}
