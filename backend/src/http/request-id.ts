import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import { withLogContext } from '../lib/log-context.ts';

const header = 'x-request-id';
/** The form of a request id that a proxy may send; anything else (a line break in a log, say) is replaced. */
const acceptable = /^[\w.:-]{1,128}$/;

/** Gives each request an id, taken from x-request-id or made here, which its answer carries. */
export function requestId(): RequestHandler {
  return (request, response, next) => {
    const given = request.headers[header];
    const id = typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
    response.setHeader(header, id);
    next();
  };
}

/** Puts the request's id on every log line that is written while it is handled. */
export function requestLogContext(): RequestHandler {
  return (_request, response, next) => withLogContext({ requestId: requestIdOf(response) }, next);
}

/** The id that `requestId` gave. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader(header));
}
