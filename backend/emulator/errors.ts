import { randomUUID } from 'node:crypto';
import { graphTime } from './clock.ts';

/** An answer that Graph gives as an error body. */
export class GraphFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'GraphFailure';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** 400: the request itself is wrong. */
export function badRequest(message: string, code = 'BadRequest'): GraphFailure {
  return new GraphFailure(400, code, message);
}

/** 404: the item is not, or no longer, in the mailbox. */
export function itemNotFound(message = 'The specified object was not found in the store.'): GraphFailure {
  return new GraphFailure(404, 'ErrorItemNotFound', message);
}

/** 404: the mailbox has no folder of this well-known name; some tenants may answer it otherwise. */
export class DefaultFolderMissing extends GraphFailure {
  constructor(name: string) {
    super(404, 'ErrorItemNotFound', `Default folder ${name} not found.`);
    this.name = 'DefaultFolderMissing';
  }
}

/** 400: what stands in the path cannot be the id of anything. */
export function idMalformed(): GraphFailure {
  return new GraphFailure(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');
}

/** 403: the item is in Recoverable Items already. */
export function cannotDelete(): GraphFailure {
  return new GraphFailure(403, 'ErrorCannotDeleteObject', 'The object cannot be deleted.');
}

/** 403: the token lacks the scope, or the item is not the caller's. */
export function accessDenied(): GraphFailure {
  return new GraphFailure(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
}

export interface GraphErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly innerError: {
      readonly date: string;
      readonly 'request-id': string;
      readonly 'client-request-id': string;
    };
  };
}

interface RequestIds {
  readonly requestId: string;
  readonly clientRequestId: string | undefined;
  readonly nowMs: number;
}

/** An error body as Graph writes it. */
export function graphErrorBody(
  failure: GraphFailure,
  { requestId, clientRequestId, nowMs }: RequestIds,
): GraphErrorBody {
  return {
    error: {
      code: failure.code,
      message: failure.message,
      innerError: {
        date: graphTime(nowMs).slice(0, -1),
        'request-id': requestId,
        'client-request-id': clientRequestId ?? requestId,
      },
    },
  };
}

/** The id of one answer, as in the `request-id` header. */
export function newRequestId(): string {
  return randomUUID();
}
