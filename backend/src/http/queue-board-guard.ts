import type { Request, RequestHandler } from 'express';
import { readSession } from '../auth/sessions.ts';
import { AppError } from '../lib/errors.ts';
import { sessionCookie } from './authenticate.ts';
import type { Cookies } from './cookies.ts';

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Admits admins. Redirects a browser without a session to sign-in, and back afterwards. */
export function requireBoardAdmin(cookies: Cookies): RequestHandler {
  return async (request, response, next) => {
    const sessionId = cookies.read(request, sessionCookie);
    const session = sessionId === undefined ? undefined : await readSession(sessionId);
    if (session === undefined) {
      if (!opensPage(request)) throw new AppError(401, 'not_signed_in', 'Not signed in: start at /auth/login');
      response.redirect(302, `/auth/login?returnTo=${encodeURIComponent(request.baseUrl)}`);
      return;
    }
    if (session.role !== 'admin') throw new AppError(403, 'admins_only', 'Admins only');
    response.locals['adminId'] = session.userId.toString();
    next();
  };
}

function opensPage({ method, headers: { accept = '' } }: Request): boolean {
  return method === 'GET' && accept.includes('text/html');
}

/**
 * Lets a write through only if the browser says that a page of ours sends it. The board is a page of others, which
 * cannot send the CSRF token; browsers send Origin with every write, and Sec-Fetch-Site to https and localhost, and no
 * page can change either.
 */
export function requireSameOrigin(appUrl: string): RequestHandler {
  const { origin } = new URL(appUrl);
  return (request, _response, next) => {
    if (!reading.has(request.method) && !isFrom(origin, request)) {
      throw new AppError(403, 'csrf', `Cross-site request refused: send it from a page of ${origin}`);
    }
    next();
  };
}

function isFrom(origin: string, { headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  return headers.origin === origin && (site === undefined || site === 'same-origin');
}
