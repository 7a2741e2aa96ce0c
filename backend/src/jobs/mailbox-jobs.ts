import type { Queue } from 'bullmq';
import { z } from 'zod';
import type { QueueDefinition } from './registry.ts';

/** The data of a job for one mailbox. */
export const mailboxPayload = z.object({ mailboxId: z.string() });

/**
 * A 429's Retry-After can outlast three attempts at 5 s; eight of them span about ten minutes.
 * The jitter spreads the retries of mailboxes that failed at the same time.
 */
const options = { attempts: 8, backoff: { type: 'exponential', delay: 5_000, jitter: 0.5 } } as const;

export interface MailboxJob {
  readonly queue: Queue;
  readonly definition: QueueDefinition;
  readonly mailboxId: string;
  /** Milliseconds until it may start; immediately when left out. */
  readonly delayMs?: number;
}

/** Adds a job for a mailbox, unless one is waiting already: a mailbox has at most one active and one waiting job. */
export async function addMailboxJob({ queue, definition, mailboxId, delayMs = 0 }: MailboxJob): Promise<void> {
  const name = definition.childJobName ?? definition.jobName;
  const deduplication = { id: mailboxId, keepLastIfActive: true };
  await queue.add(name, { mailboxId }, { ...options, deduplication, delay: delayMs });
}

/** Adds a job for a mailbox that starts as soon as possible: one that is delayed is promoted. */
export async function promoteMailboxJob(job: Omit<MailboxJob, 'delayMs'>): Promise<void> {
  await addMailboxJob(job);
  const id = await job.queue.getDeduplicationJobId(job.mailboxId);
  const waiting = id === null ? undefined : await job.queue.getJob(id);
  if (waiting !== undefined && (await waiting.isDelayed())) await waiting.promote();
}
