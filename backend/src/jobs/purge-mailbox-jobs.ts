import { setTimeout as delay } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import pTimeout from 'p-timeout';
import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import type { Queues } from './queues.ts';

const states = ['active', 'waiting', 'prioritized', 'delayed', 'completed', 'failed'] as const;
const payload = z.object({ mailboxId: z.string() });
const limitMs = 15_000;
/** A job that is being done for a mailbox that is disconnected soon ends; its record ends within an hour anyway. */
const activeLimitMs = 5_000;
const lookAgainMs = 100;

/**
 * Removes what Redis holds about these mailboxes: their jobs, done and to be done, and every trace of them. A job
 * that is being done is waited for, for a few seconds.
 * @throws AppError 503 when Redis is away: it can be done again
 */
export async function purgeMailboxJobs(queues: Queues, mailboxIds: readonly string[]): Promise<void> {
  const gone = new Set(mailboxIds);
  const work = Promise.all(Object.values(queues).map((queue) => forgetInQueue(queue, gone)));
  try {
    await pTimeout(work, { milliseconds: limitMs });
  } catch (cause) {
    throw new AppError(503, 'jobs_unavailable', 'Redis cannot be reached now: try again in a minute', { cause });
  }
}

async function forgetInQueue(queue: Queue, gone: ReadonlySet<string>): Promise<void> {
  const client = await queue.client;
  for (const mailboxId of gone) {
    await queue.removeDeduplicationKey(mailboxId);
    await client.del(queue.toKey(`dn:${mailboxId}`)); // what BullMQ makes its next job of, once the active one ends
  }
  const giveUpAt = performance.now() + activeLimitMs;
  while ((await removeJobs(queue, gone)) > 0 && performance.now() < giveUpAt) await delay(lookAgainMs);
  await client.xtrim(queue.toKey('events'), 'MAXLEN', 0); // they name mailboxes, and nothing reads them
}

/** @returns how many could not be removed because they are being done */
async function removeJobs(queue: Queue, gone: ReadonlySet<string>): Promise<number> {
  let active = 0;
  for (const job of await queue.getJobs([...states])) {
    const { data } = payload.safeParse(job?.data);
    if (data !== undefined && gone.has(data.mailboxId) && !(await removeUnlessActive(job))) active += 1;
  }
  return active;
}

/** It was being done when it was to be removed; by now it may be over. BullMQ says so in words only. */
function isLocked(error: unknown): boolean {
  return error instanceof Error && error.message.includes('locked');
}

async function removeUnlessActive(job: Job): Promise<boolean> {
  try {
    await job.remove();
    return true;
  } catch (error) {
    if (isLocked(error) || (await job.isActive())) return false;
    throw error;
  }
}
