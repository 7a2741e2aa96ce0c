import pTimeout from 'p-timeout';
import { addMailboxJob, promoteMailboxJob } from './mailbox-jobs.ts';
import type { Queues } from './queues.ts';
import { registry } from './registry.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';

/** A queue whose Redis is away may never answer; whoever asks is told within this time. */
const queueLimitMs = 1_500;

/** Puts a synchronization of a mailbox on the queue, for now. @throws AppError 503 when Redis is away */
export async function requestSync(queues: Queues, mailboxId: string): Promise<void> {
  await within(promoteMailboxJob({ queue: queues['delta-sync'], definition: registry['delta-sync'], mailboxId }));
}

/** Puts a look at a mailbox's subscription on the queue, for now. @throws AppError 503 when Redis is away */
export async function requestRenewal(queues: Queues, mailboxId: string): Promise<void> {
  const renewal = { queue: queues['webhook-renewal'], definition: registry['webhook-renewal'], mailboxId };
  await within(promoteMailboxJob(renewal));
}

/** Puts a search for patterns in a mailbox on the queue, for now. @throws AppError 503 when Redis is away */
export async function requestAnalysis(queues: Queues, mailboxId: string): Promise<void> {
  const analysis = { queue: queues['pattern-analysis'], definition: registry['pattern-analysis'], mailboxId };
  await within(promoteMailboxJob(analysis));
}

/** Has what is open in a mailbox brought to its end: acts, runs of rules, staged mail. @throws AppError 503 when Redis is away */
export async function requestMaintenance(queues: Queues, mailboxId: string): Promise<void> {
  const work = { queue: queues['staging-processor'], definition: registry['staging-processor'], mailboxId };
  await within(promoteMailboxJob(work));
}

/** Puts a look at what Graph has told of in a mailbox on the queue. */
export async function requestDrain(queues: Queues, mailboxId: string): Promise<void> {
  await addMailboxJob({ queue: queues['webhook-events'], definition: registry['webhook-events'], mailboxId });
}

/** Begins to watch a mailbox that was just connected; if it cannot be asked for now, the next round does it. */
export async function watchMailbox(queues: Queues, logger: Logger, mailboxId: string): Promise<void> {
  try {
    await Promise.all([requestSync(queues, mailboxId), requestRenewal(queues, mailboxId)]);
  } catch (error) {
    logger.warn('A new mailbox is watched from the next round on: its jobs could not be queued', { mailboxId, error });
  }
}

async function within(work: Promise<void>): Promise<void> {
  try {
    await pTimeout(work, { milliseconds: queueLimitMs });
  } catch (cause) {
    throw new AppError(503, 'jobs_unavailable', 'Redis cannot be reached now: try again in a minute', { cause });
  }
}
