import {
  AccessDeniedError,
  GraphError,
  MailboxNotEnabledError,
  ThrottledError,
  TokenRefusedError,
} from '../../graph/errors.ts';
import { AppError } from '../../lib/errors.ts';
import { defined } from '../../lib/defined.ts';
import type { IReadFault, ReadFaultReason } from '../../models/index.ts';

/** A failure to read a mailbox, before it is stored. */
export type FoundFault = Pick<IReadFault, 'reason' | 'code' | 'folders'>;

interface FaultContext {
  readonly email: string;
  /** Returns the code by which Microsoft refuses this application; undefined for any other error. */
  readonly applicationRefusal?: ((error: unknown) => string | undefined) | undefined;
}

/** Entra ID names a guest of a tenant so: the account has no mailbox there. */
const guestMark = '#ext#';
/** Code of an AppError that passes: no token for now. */
const tryLater = 'try_later';

/** Returns what an error says about reading the mailbox; undefined when it says nothing about it. */
export function faultOf(error: unknown, { email, applicationRefusal }: FaultContext): FoundFault | undefined {
  const refusal = applicationRefusal?.(error);
  if (refusal !== undefined) return { reason: 'application_refused', code: refusal };
  if (error instanceof GraphError) return { reason: reasonOf(error, email), code: error.code };
  return error instanceof AppError && error.code === tryLater ? { reason: 'failing', code: tryLater } : undefined;
}

function reasonOf(error: GraphError, email: string): ReadFaultReason {
  if (error instanceof MailboxNotEnabledError) return email.includes(guestMark) ? 'guest' : 'no_mailbox';
  if (error instanceof AccessDeniedError) return 'access_denied';
  if (error instanceof TokenRefusedError) return 'token_refused';
  return error instanceof ThrottledError || error.retryable ? 'failing' : 'answer_refused';
}

/** Tells if a fault means that nothing of the mailbox can be read; otherwise it is read late, or in part. */
export function isUnreadable(reason: ReadFaultReason): boolean {
  return reason !== 'failing' && reason !== 'folders';
}

/**
 * Merges a found fault with the stored one. A passing failure says nothing new about a mailbox that cannot be read; a
 * fault of the same kind keeps its beginning.
 */
export function mergeFault(known: IReadFault | undefined, found: FoundFault, now: Date): IReadFault {
  const isSameKind = known !== undefined && isUnreadable(known.reason) === isUnreadable(found.reason);
  if (known !== undefined && isUnreadable(known.reason) && !isUnreadable(found.reason)) return known;
  const { since, told } = isSameKind ? known : { since: now, told: [] };
  return defined<IReadFault>({ ...found, since, told });
}
