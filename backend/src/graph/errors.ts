export interface GraphFault {
  /** The status of Graph's answer, or 0 when there was none. */
  readonly status: number;
  /** Graph's own code, such as ErrorItemNotFound, or one of ours in snake_case. */
  readonly code: string;
  /** Names the request by its template: no id, address, subject or token. */
  readonly message: string;
  readonly retryable?: boolean;
  readonly mayHaveHappened?: boolean;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** A request that Graph refused, or that got no usable answer. */
export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Whether Graph may have carried it out all the same: look before doing it again. */
  readonly mayHaveHappened: boolean;
  /** The id that Microsoft's support asks for. */
  readonly requestId?: string;
  /** How long Graph wants the mailbox left alone. */
  readonly retryAfterMs?: number;

  constructor(fault: GraphFault) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.name = new.target.name;
    this.status = fault.status;
    this.code = fault.code;
    this.retryable = fault.retryable ?? false;
    this.mayHaveHappened = fault.mayHaveHappened ?? false;
    if (fault.requestId !== undefined) this.requestId = fault.requestId;
    if (fault.retryAfterMs !== undefined) this.retryAfterMs = fault.retryAfterMs;
  }
}

/** 401: the access token was refused, also a fresh one. */
export class TokenRefusedError extends GraphError {}

/** 403: the grant does not allow it. */
export class AccessDeniedError extends GraphError {}

/** 404: the item is not there, or no longer. */
export class ItemNotFoundError extends GraphError {}

/** The account has no mailbox that Graph can reach. */
export class MailboxNotEnabledError extends GraphError {}

/** 410 and its kin: a delta link is too old, its folder starts anew. */
export class ResyncRequiredError extends GraphError {}

/** 429, or the mailbox is to be left alone for longer than the caller would wait: come back after `retryAfterMs`. */
export class ThrottledError extends GraphError {
  override readonly retryAfterMs: number;

  constructor(fault: Omit<GraphFault, 'status' | 'retryable' | 'mayHaveHappened'> & { readonly retryAfterMs: number }) {
    super({ ...fault, status: 429, retryable: true });
    this.retryAfterMs = fault.retryAfterMs;
  }
}
