import type { RequestHandler } from 'express';
import { AppError } from '../lib/errors.ts';

/**
 * Refuses requests with two Host headers, of which Node keeps the first and a proxy may have read the second
 * (RFC 9112, section 3.2). Node itself refuses those without one.
 */
export function requireOneHost(): RequestHandler {
  return ({ rawHeaders }, _response, next) => {
    let hosts = 0;
    for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === 'host') hosts += 1;
    if (hosts > 1) throw new AppError(400, 'bad_request', 'Send one Host header');
    next();
  };
}
