import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { withLogContext } from '../lib/log-context.ts';

const header = 'x-request-id';
/** What a proxy in front may send; anything else (a line break in a log, say) is replaced. */
const acceptable = /^[\w.:-]{1,128}$/;

/** Gives each request an id, taken from x-request-id or made here, on its answer and on its log lines. */
export function requestId(): RequestHandler {
  return (request, response, next) => {
    const given = request.headers[header];
    const id = typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
    response.setHeader(header, id);
    withLogContext({ requestId: id }, next);
  };
}
