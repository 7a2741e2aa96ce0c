/** A field of a request that is refused. */
export interface FieldFault {
  /** Names and indexes that lead to it, from the outside in; empty for the whole. */
  readonly path: readonly string[];
  readonly message: string;
}

/** An error for the caller of the API, with HTTP status and code. `message` is shown to them. */
export class AppError extends Error {
  readonly status: number;
  readonly code: string;
  /** Facts that a program needs to go on, such as what to choose instead. They are sent with the message. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The fields that it is about. They are sent with the message. */
  readonly fields?: readonly FieldFault[];

  constructor(
    status: number,
    code: string,
    message: string,
    options: ErrorOptions & {
      readonly details?: Readonly<Record<string, unknown>> | undefined;
      readonly fields?: readonly FieldFault[];
    } = {},
  ) {
    super(message, options);
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
    if (options.fields !== undefined) this.fields = options.fields;
  }
}

/** A resource or path that does not exist: 404. */
export class NotFoundError extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super(404, 'not_found', message, options);
  }
}

/** The error for a mailbox that does not exist, or belongs to another user. */
export function mailboxNotFound(): NotFoundError {
  return new NotFoundError('There is no such mailbox');
}

/** Returns a thrown value as an Error: itself, or wrapped. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** A wrong setting of the operator, which no retry fixes. `message` says what, where and what is allowed. */
export class ConfigurationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigurationError';
  }
}
