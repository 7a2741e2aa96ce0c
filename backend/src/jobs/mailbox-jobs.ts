import type { Queue } from 'bullmq';
import type { QueueDefinition } from './registry.ts';

/**
 * A 429's Retry-After can outlast three attempts at 5 s; eight of them span about ten minutes.
 * The jitter keeps mailboxes that failed together from coming back together.
 */
const options = { attempts: 8, backoff: { type: 'exponential', delay: 5_000, jitter: 0.5 } } as const;

export interface MailboxJob {
  readonly queue: Queue;
  readonly definition: QueueDefinition;
  readonly mailboxId: string;
  /** Milliseconds until it may start; at once when left out. */
  readonly delayMs?: number;
}

/** Makes a job for a mailbox, unless one is waiting already: a mailbox has at most one active and one waiting. */
export async function addMailboxJob({ queue, definition, mailboxId, delayMs = 0 }: MailboxJob): Promise<void> {
  const name = definition.childJobName ?? definition.jobName;
  const deduplication = { id: mailboxId, keepLastIfActive: true };
  await queue.add(name, { mailboxId }, { ...options, deduplication, delay: delayMs });
}

/** Makes a job for a mailbox now: one that waits for a later moment is called forward. */
export async function promoteMailboxJob(job: Omit<MailboxJob, 'delayMs'>): Promise<void> {
  await addMailboxJob(job);
  const id = await job.queue.getDeduplicationJobId(job.mailboxId);
  const waiting = id === null ? undefined : await job.queue.getJob(id);
  if (waiting !== undefined && (await waiting.isDelayed())) await waiting.promote();
}
