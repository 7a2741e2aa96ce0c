import type { Job } from 'bullmq';
import { z } from 'zod';
import { tellAdminsOfGivenUpWork, tellOwnerOfGivenUpWork } from '../accounts/job-notices.ts';
import type { Clock } from '../lib/clock.ts';
import { type QueueName, queueNames } from './registry.ts';

const payload = z.object({ mailboxId: z.string() });

/** What it means that a job of a queue was given up, in the words of whoever is told. */
const consequences: Readonly<Record<QueueName, string>> = {
  'webhook-renewal': 'Changes of mail are noticed later; it is tried again within two hours.',
  'delta-sync': 'Changes of mail are not noticed meanwhile; it is tried again within 15 minutes.',
  'pattern-analysis': 'There are no new suggestions today; it is tried again tomorrow.',
  'staging-processor': 'What rules have to do waits; it is tried again within 30 minutes.',
  'token-refresh': 'The sign-in was not renewed; it is tried again within 45 minutes.',
  'webhook-events': 'Changes of mail are noticed later, by the next synchronization.',
};

/**
 * Tells the owner of a job's mailbox, or the admins if it has none, that the job has failed for good. The reason stays
 * in the log: it may name what is nobody's business.
 * @param job one that is not tried again
 */
export async function noticeOfFailure(
  { queueName, data }: Pick<Job<unknown>, 'queueName' | 'data'>,
  clock: Clock = Date.now,
): Promise<void> {
  const queue = queueNames.find((name) => name === queueName);
  if (queue === undefined) return;
  const work = { queue, consequence: consequences[queue], now: clock() };
  const { data: known } = payload.safeParse(data);
  await (known === undefined ? tellAdminsOfGivenUpWork(work) : tellOwnerOfGivenUpWork(known.mailboxId, work));
}
