import {
  AccessDeniedError,
  GraphError,
  ItemNotFoundError,
  MailboxNotEnabledError,
  ThrottledError,
  TokenRefusedError,
} from '../graph/errors.ts';

/** Whether a failure says something of one request only: the next one, about another message, may well succeed. */
export function concernsOneMessage(error: unknown): error is GraphError {
  if (!(error instanceof GraphError) || error.status === 0) return false;
  return !(
    error instanceof ThrottledError ||
    error instanceof TokenRefusedError ||
    error instanceof AccessDeniedError ||
    error instanceof MailboxNotEnabledError
  );
}

/** Whether Graph has said no to a change of one message, and will say it again. */
export function isRefusal(error: unknown): boolean {
  return (
    concernsOneMessage(error) && !error.retryable && !error.mayHaveHappened && !(error instanceof ItemNotFoundError)
  );
}
