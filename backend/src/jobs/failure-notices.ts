import type { Job } from 'bullmq';
import { notifyAdminsOfFailure, notifyOwnerOfFailure } from '../accounts/notify-job-failure.ts';
import type { Clock } from '../lib/clock.ts';
import { mailboxPayload } from './mailbox-jobs.ts';
import { type QueueName, queueNames } from './registry.ts';

/** The consequence of a permanently failed job of each queue, in sentences for the person who is notified. */
const consequences: Readonly<Record<QueueName, string>> = {
  'webhook-renewal': 'Changes to mail are noticed with a delay. The next attempt follows within two hours.',
  'delta-sync': 'Changes to mail are not noticed for now. The next attempt follows within 15 minutes.',
  'pattern-analysis': 'There are no new suggestions today. The next attempt follows tomorrow.',
  'staging-processor': 'Pending actions of rules are delayed. The next attempt follows within 30 minutes.',
  'token-refresh': 'The sign-in was not renewed. The next attempt follows within 45 minutes.',
  'webhook-events': 'Changes to mail are noticed with a delay, by the next synchronization.',
};

/**
 * Notifies the owner of a job's mailbox, or the admins if the job has none, of a permanent failure. The error itself
 * stays in the log, since it may contain details that are not meant for the recipient.
 * @param job one that is not retried
 */
export async function notifyOfFailure(
  { queueName, data }: Pick<Job<unknown>, 'queueName' | 'data'>,
  clock: Clock = Date.now,
): Promise<void> {
  const queue = queueNames.find((name) => name === queueName);
  if (queue === undefined) return;
  const failure = { queue, consequence: consequences[queue], now: clock() };
  const { data: payload } = mailboxPayload.safeParse(data);
  await (payload === undefined ? notifyAdminsOfFailure(failure) : notifyOwnerOfFailure(payload.mailboxId, failure));
}
