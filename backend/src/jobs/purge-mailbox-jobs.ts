import { setTimeout as delay } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import pTimeout from 'p-timeout';
import { AppError } from '../lib/errors.ts';
import { secondMs } from '../lib/durations.ts';
import { mailboxPayload } from './mailbox-jobs.ts';
import type { Queues } from './queues.ts';

const states = ['active', 'waiting', 'prioritized', 'delayed', 'completed', 'failed'] as const;
const limitMs = 15 * secondMs;
/** An active job of a disconnected mailbox ends soon; otherwise its record is removed within an hour. */
const activeLimitMs = 5 * secondMs;
const pollMs = 100;

/**
 * Removes everything that Redis holds about these mailboxes: pending and finished jobs, and their traces. Waits a few
 * seconds for active jobs.
 * @throws AppError 503 when Redis is unavailable: the call can be repeated
 */
export async function purgeMailboxJobs(queues: Queues, mailboxIds: readonly string[]): Promise<void> {
  const gone = new Set(mailboxIds);
  const work = Promise.all(Object.values(queues).map((queue) => purgeQueue(queue, gone)));
  try {
    await pTimeout(work, { milliseconds: limitMs });
  } catch (cause) {
    throw new AppError(503, 'jobs_unavailable', 'Redis is not available: try again in a minute', { cause });
  }
}

async function purgeQueue(queue: Queue, gone: ReadonlySet<string>): Promise<void> {
  const client = await queue.client;
  for (const mailboxId of gone) {
    await queue.removeDeduplicationKey(mailboxId);
    await client.del(queue.toKey(`dn:${mailboxId}`)); // BullMQ makes the next job of it when the active one ends
  }
  const endsAt = performance.now() + activeLimitMs;
  while ((await removeJobs(queue, gone)) > 0 && performance.now() < endsAt) await delay(pollMs);
  await client.xtrim(queue.toKey('events'), 'MAXLEN', 0); // events name mailboxes, and nothing reads them
}

/** @returns the number of active jobs, which cannot be removed yet */
async function removeJobs(queue: Queue, gone: ReadonlySet<string>): Promise<number> {
  let active = 0;
  for (const job of await queue.getJobs([...states])) {
    const { data } = mailboxPayload.safeParse(job?.data);
    if (data !== undefined && gone.has(data.mailboxId) && !(await removeUnlessActive(job))) active += 1;
  }
  return active;
}

/**
 * BullMQ has no error code for a job that a worker holds, so its state decides. One that has ended between the refusal
 * and the look at its state is removed by the second attempt.
 */
async function removeUnlessActive(job: Job): Promise<boolean> {
  try {
    await job.remove();
  } catch {
    if (await job.isActive()) return false;
    await job.remove();
  }
  return true;
}
