import { DelayedError, type Job } from 'bullmq';
import { AccessBlockedError, GrantDeadError, MailboxPausedError, TryLaterError } from '../auth/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { NotFoundError } from '../lib/errors.ts';

/** Returns the reason why a mailbox cannot be processed, if the error is no failure; undefined for any other error. */
export function skipReasonOf(error: unknown): 'gone' | 'disconnected' | 'paused' | 'blocked' | undefined {
  if (error instanceof NotFoundError) return 'gone';
  if (error instanceof GrantDeadError) return 'disconnected';
  if (error instanceof AccessBlockedError) return 'blocked';
  return error instanceof MailboxPausedError ? 'paused' : undefined;
}

/** Returns the milliseconds that Microsoft asks to wait before the next token request, if it does. */
export function tokenRetryAfterMs(error: unknown): number | undefined {
  return error instanceof TryLaterError ? error.retryAfterMs : undefined;
}

/**
 * Delays an active job without using up an attempt.
 * @param until milliseconds since the epoch
 * @throws DelayedError, always: it tells the worker that the job was delayed
 */
export async function postpone(job: Job, token: string | undefined, until: number): Promise<never> {
  await job.moveToDelayed(until, token);
  throw new DelayedError();
}

interface FailedJob {
  readonly job: Job;
  readonly token: string | undefined;
  readonly clock: Clock;
}

/**
 * Ends a mailbox's job after an error: delays it when Microsoft asks to wait, and completes it when the mailbox cannot
 * be processed.
 * @returns the report of a completed job
 * @throws DelayedError when it was delayed; the error itself when it is a failure
 */
export async function resolveFailure(
  error: unknown,
  { job, token, clock }: FailedJob,
): Promise<{ readonly outcome: string }> {
  const delayMs = tokenRetryAfterMs(error);
  if (delayMs !== undefined) return postpone(job, token, clock() + delayMs);
  const outcome = skipReasonOf(error);
  if (outcome === undefined) throw error;
  return { outcome };
}
