import { GraphError, ThrottledError } from '../graph/errors.ts';
import { AppError } from '../lib/errors.ts';
import { LeaseLostError } from '../models/store/mailbox-lease.ts';
import { withWriteLease, MailboxBusyError, type WriteDeps, type WriteLease } from './write-lease.ts';

/** Milliseconds that a person waits for another writer to the mailbox. */
const waitMs = 10_000;
/** Milliseconds that Graph may take after that. */
export const workMs = 20_000;

/**
 * Holds the write lease of a mailbox for work that its owner waits for.
 * @throws AppError with a message for them
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
    throw signal.aborted ? unavailable(error) : (toOwnerError(error) ?? error);
  }
}

/** Translates a failure for the owner of the mailbox; undefined for a defect of this service. */
export function toOwnerError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error instanceof LeaseLostError) return new MailboxBusyError();
  if (!(error instanceof GraphError)) return undefined;
  if (error instanceof ThrottledError) {
    return new AppError(503, 'graph_throttled', 'Microsoft limits requests to this mailbox: try again in a minute', {
      cause: error,
    });
  }
  if (error.retryable) return unavailable(error);
  return new AppError(502, 'graph_refused', `Microsoft refused the change: ${error.message}`, { cause: error });
}

function unavailable(cause: unknown): AppError {
  return new AppError(503, 'graph_unavailable', 'Microsoft 365 is not answering: try again in a minute', {
    cause,
  });
}
