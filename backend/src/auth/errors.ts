import { AppError } from '../lib/errors.ts';

/**
 * The owner of a mailbox must connect it again: no retry will bring a token. `reason` is a short word from Microsoft
 * or of ours, such as invalid_grant, never a text that could carry a token or an address.
 */
export class GrantDeadError extends AppError {
  readonly reason: string;

  constructor(reason: string) {
    super(409, 'mailbox_disconnected', 'The mailbox is disconnected: connect it again');
    this.reason = reason;
  }
}

/** No token now, perhaps one later: the network, Microsoft, Redis or the configuration stands in the way. */
export class TryLaterError extends AppError {
  readonly reason: string;
  /** How long Microsoft asked to wait, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(reason: string, retryAfterMs?: number) {
    super(503, 'try_later', 'No access token available at the moment: try again later');
    this.reason = reason;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Microsoft answered, and its answer is no mailbox's fault: a client secret that has expired, an app that is not
 * registered. The operator mends it, and then trying again helps.
 */
export class MicrosoftRefusedError extends TryLaterError {}

/** The mailbox's owner is deactivated: nothing is read or written in their name. */
export class MailboxPausedError extends AppError {
  constructor() {
    super(409, 'mailbox_paused', 'The owner of the mailbox is deactivated: an admin can reactivate them');
  }
}
