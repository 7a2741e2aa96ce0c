import { AppError } from '../lib/errors.ts';

/** Microsoft's refusal, as far as it names no person. */
export interface RefusalCause {
  /** A short word from Microsoft or of ours, such as invalid_grant; never a text that could carry a token or an address. */
  readonly reason: string;
  /** Entra ID's number, such as 50076 for AADSTS50076; undefined when it gave none. */
  readonly aadsts?: number | undefined;
}

/** The owner of a mailbox must connect it again: no retry will bring a token. */
export class GrantDeadError extends AppError implements RefusalCause {
  readonly reason: string;
  readonly aadsts?: number;

  constructor(reason: string, aadsts?: number) {
    super(409, 'mailbox_disconnected', 'The mailbox is disconnected: connect it again');
    this.reason = reason;
    if (aadsts !== undefined) this.aadsts = aadsts;
  }
}

/** No token now, perhaps one later: the network, Microsoft, Redis or the configuration stands in the way. */
export class TryLaterError extends AppError {
  readonly reason: string;
  /** The pause that Microsoft asks for, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(
    reason: string,
    retryAfterMs?: number,
    message = 'No access token available at the moment: try again later',
  ) {
    super(503, 'try_later', message);
    this.reason = reason;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Microsoft answered, and its answer is no mailbox's fault: a client secret that has expired, an app that is not
 * registered. The operator mends it, and then trying again helps.
 */
export class MicrosoftRefusedError extends TryLaterError implements RefusalCause {
  readonly aadsts?: number;

  constructor(reason: string, aadsts?: number, message?: string) {
    super(reason, undefined, message);
    if (aadsts !== undefined) this.aadsts = aadsts;
  }
}

/**
 * A policy of the organization refuses tokens for a mailbox, such as conditional access for the address of this
 * server. Signing in again changes nothing; once an administrator of the organization has changed the policy, the
 * tokens at hand work again.
 */
export class AccessBlockedError extends MicrosoftRefusedError {}

/** The mailbox's owner is deactivated: nothing is read or written in their name. */
export class MailboxPausedError extends AppError {
  constructor() {
    super(409, 'mailbox_paused', 'The owner of the mailbox is deactivated: an admin can reactivate them');
  }
}
