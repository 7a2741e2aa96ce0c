import { DelayedError, type Job } from 'bullmq';
import { GrantDeadError, MailboxPausedError, TryLaterError } from '../auth/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { NotFoundError } from '../lib/errors.ts';

/** How the job of a mailbox that cannot be used ends, without having failed; undefined for any other error. */
export function quietEndOf(error: unknown): 'gone' | 'disconnected' | 'paused' | undefined {
  if (error instanceof NotFoundError) return 'gone';
  if (error instanceof GrantDeadError) return 'disconnected';
  return error instanceof MailboxPausedError ? 'paused' : undefined;
}

/** How long Microsoft wants to be left alone before it is asked for a token again, in milliseconds, if it said so. */
export function tokenDelayOf(error: unknown): number | undefined {
  return error instanceof TryLaterError ? error.retryAfterMs : undefined;
}

/**
 * Puts a job off without using an attempt.
 * @param until milliseconds since the epoch
 * @throws DelayedError, which tells the worker so
 */
export async function postpone(job: Job, token: string | undefined, until: number): Promise<never> {
  await job.moveToDelayed(until, token);
  throw new DelayedError();
}

interface Failed {
  readonly job: Job;
  readonly token: string | undefined;
  readonly clock: Clock;
}

/**
 * What becomes of a mailbox's job that failed: it is put off when Microsoft wants to be left alone, and ends quietly
 * when there is nothing to be done with the mailbox.
 * @returns how it ended
 * @throws DelayedError when it was put off; the error itself when it is a failure
 */
export async function endOf(error: unknown, { job, token, clock }: Failed): Promise<{ readonly outcome: string }> {
  const delayMs = tokenDelayOf(error);
  if (delayMs !== undefined) return postpone(job, token, clock() + delayMs);
  const outcome = quietEndOf(error);
  if (outcome === undefined) throw error;
  return { outcome };
}
