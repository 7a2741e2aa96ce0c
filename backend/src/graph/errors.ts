export interface GraphFault {
  /** HTTP status of Graph's answer, or 0 when there was none. */
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
  /** True when the same request may succeed later. */
  readonly retryable: boolean;
  /** True when Graph may have carried the request out all the same: check before repeating it. */
  readonly mayHaveHappened: boolean;
  /** The request id for Microsoft's support. */
  readonly requestId?: string;
  /** The pause that Graph asks for. */
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

/** 401: Graph refused the access token, even a fresh one. */
export class TokenRefusedError extends GraphError {}

/** 403: the grant does not allow it. */
export class AccessDeniedError extends GraphError {}

/** 404 ErrorItemNotFound, or an id that cannot be: the item does not exist, or no longer. */
export class ItemNotFoundError extends GraphError {}

/**
 * 404 with another code or without a body. Graph has answered so for hours about mail that was there: it says nothing
 * about the item, and passes.
 */
export class ResourceMissingError extends GraphError {}

/** The account has no mailbox that Graph can reach. */
export class MailboxNotEnabledError extends GraphError {}

/**
 * An item that cannot be understood: Graph answers ErrorCorruptData, or the answer does not have the declared shape. It
 * says nothing about other items.
 */
export class UnreadableItemError extends GraphError {
  /** Paths of the fields that were refused, or the code; never values. */
  readonly fields: readonly string[];

  constructor(fault: GraphFault & { readonly fields: readonly string[] }) {
    super(fault);
    this.fields = fault.fields;
  }
}

/** 410 and similar: a delta link is too old, so its folder must be read anew. */
export class ResyncRequiredError extends GraphError {}

/** 429, or a pause of the mailbox that exceeds the caller's limit: retry after `retryAfterMs`. */
export class ThrottledError extends GraphError {
  override readonly retryAfterMs: number;

  constructor(fault: Omit<GraphFault, 'status' | 'retryable' | 'mayHaveHappened'> & { readonly retryAfterMs: number }) {
    super({ ...fault, status: 429, retryable: true });
    this.retryAfterMs = fault.retryAfterMs;
  }
}

/**
 * Tells if a stored delta or next link is of no more use: Graph refuses such links with 410, with codes of their own,
 * and with a plain 400. Read anew without the link, once.
 */
export function isLinkRefused(error: unknown): error is GraphError {
  return error instanceof ResyncRequiredError || (error instanceof GraphError && error.status === 400);
}

/** Tells if an error concerns every request to the mailbox, not only the one that failed. */
export function concernsMailbox(error: unknown): boolean {
  return [ThrottledError, TokenRefusedError, MailboxNotEnabledError].some((kind) => error instanceof kind);
}
