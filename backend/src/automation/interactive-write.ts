import { GraphError, ThrottledError } from '../graph/errors.ts';
import { AppError } from '../lib/errors.ts';
import { LeaseLostError } from '../models/store/mailbox-lease.ts';
import { withWriteLease, MailboxBusyError, type WriteDeps, type WriteLease } from './write-lease.ts';

/** How long somebody at a browser waits for whoever writes to the mailbox now. */
const waitMs = 10_000;
/** How long Graph may take after that. */
export const workMs = 20_000;

/**
 * Does what the owner of a mailbox has asked for, while they wait.
 * @throws AppError in words that are meant for them
 */
export async function forOwner<T>(
  deps: WriteDeps,
  mailboxId: string,
  work: (lease: WriteLease) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(waitMs + workMs);
  try {
    return await withWriteLease(deps, { mailboxId, signal, waitMs }, work);
  } catch (error) {
    throw signal.aborted ? unavailable(error) : (inWords(error) ?? error);
  }
}

/** What went wrong, for the owner of the mailbox; undefined for what is a fault of ours. */
export function inWords(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error instanceof LeaseLostError) return new MailboxBusyError();
  if (!(error instanceof GraphError)) return undefined;
  if (error instanceof ThrottledError) {
    return new AppError(503, 'graph_throttled', 'Microsoft wants the mailbox left alone: try again in a minute', {
      cause: error,
    });
  }
  if (error.retryable) return unavailable(error);
  return new AppError(502, 'graph_refused', `Microsoft refused it: ${error.message}`, { cause: error });
}

function unavailable(cause: unknown): AppError {
  return new AppError(503, 'graph_unavailable', 'Microsoft does not answer as it should: try again in a minute', {
    cause,
  });
}
