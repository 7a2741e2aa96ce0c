import {
  AccessDeniedError,
  GraphError,
  ItemNotFoundError,
  MailboxNotEnabledError,
  ThrottledError,
  TokenRefusedError,
} from '../graph/errors.ts';

/** Tells a failure that concerns one message from one that a request about another message would meet as well. */
export function concernsOneMessage(error: unknown): error is GraphError {
  if (!(error instanceof GraphError) || error.status === 0) return false;
  return !(
    error instanceof ThrottledError ||
    error instanceof TokenRefusedError ||
    error instanceof AccessDeniedError ||
    error instanceof MailboxNotEnabledError
  );
}

/** Recognizes a change of one message that Graph refuses, and will refuse again. */
export function isRefusedChange(error: unknown): boolean {
  return (
    concernsOneMessage(error) && !error.retryable && !error.mayHaveHappened && !(error instanceof ItemNotFoundError)
  );
}
