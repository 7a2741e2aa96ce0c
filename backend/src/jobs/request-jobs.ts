import pTimeout from 'p-timeout';
import { addMailboxJob, promoteMailboxJob } from './mailbox-jobs.ts';
import type { Queues } from './queues.ts';
import { registry } from './registry.ts';
import { AppError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';

/** While Redis is unavailable, a queue may never answer: the caller gets an error after this time. */
const queueLimitMs = 1_500;

/** Queues an immediate synchronization of a mailbox. @throws AppError 503 when Redis is unavailable */
export async function requestSync(queues: Queues, mailboxId: string): Promise<void> {
  await within(promoteMailboxJob({ queue: queues['delta-sync'], definition: registry['delta-sync'], mailboxId }));
}

/** Queues an immediate renewal of a mailbox's subscription. @throws AppError 503 when Redis is unavailable */
export async function requestRenewal(queues: Queues, mailboxId: string): Promise<void> {
  const renewal = { queue: queues['webhook-renewal'], definition: registry['webhook-renewal'], mailboxId };
  await within(promoteMailboxJob(renewal));
}

/** Queues an immediate pattern analysis of a mailbox. @throws AppError 503 when Redis is unavailable */
export async function requestAnalysis(queues: Queues, mailboxId: string): Promise<void> {
  const analysis = { queue: queues['pattern-analysis'], definition: registry['pattern-analysis'], mailboxId };
  await within(promoteMailboxJob(analysis));
}

/**
 * Queues an immediate maintenance of a mailbox: open acts, runs of rules, staged mail.
 * @throws AppError 503 when Redis is unavailable
 */
export async function requestMaintenance(queues: Queues, mailboxId: string): Promise<void> {
  const work = { queue: queues['staging-processor'], definition: registry['staging-processor'], mailboxId };
  await within(promoteMailboxJob(work));
}

/** Queues the processing of a mailbox's change notifications. */
export async function requestDrain(queues: Queues, mailboxId: string): Promise<void> {
  await addMailboxJob({ queue: queues['webhook-events'], definition: registry['webhook-events'], mailboxId });
}

/** Starts monitoring a mailbox that was just connected; if the queue is unavailable, the next scheduled run does. */
export async function watchMailbox(queues: Queues, logger: Logger, mailboxId: string): Promise<void> {
  try {
    await Promise.all([requestSync(queues, mailboxId), requestRenewal(queues, mailboxId)]);
  } catch (error) {
    logger.warn('First jobs of a new mailbox could not be queued: the next scheduled runs include it', {
      mailboxId,
      error,
    });
  }
}

async function within(work: Promise<void>): Promise<void> {
  try {
    await pTimeout(work, { milliseconds: queueLimitMs });
  } catch (cause) {
    throw new AppError(503, 'jobs_unavailable', 'Redis is not available: try again in a minute', { cause });
  }
}
