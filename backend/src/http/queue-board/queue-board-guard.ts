import type { Request, RequestHandler } from 'express';
import { readSession } from '../../auth/sessions.ts';
import { AppError } from '../../lib/errors.ts';
import { callerFrom, isRead, sessionCookie } from '../authenticate.ts';
import type { Cookies } from '../cookies.ts';

/**
 * Admits admins. Redirects a browser without a session to sign-in, and back afterwards.
 * @param limitStrangers counts the requests without a session
 */
export function requireBoardAdmin(cookies: Cookies, limitStrangers: RequestHandler): RequestHandler {
  return async (request, response, next) => {
    const sessionId = cookies.read(request, sessionCookie);
    const session = sessionId === undefined ? undefined : await readSession(sessionId);
    if (sessionId === undefined || session === undefined) {
      await limitStrangers(request, response, (limited?: unknown) => {
        if (limited !== undefined) next(limited);
        else if (opensPage(request)) response.redirect(302, signInPath(request));
        else next(new AppError(401, 'not_signed_in', 'Not signed in: start at /auth/login'));
      });
      return;
    }
    if (session.role !== 'admin') throw new AppError(403, 'admins_only', 'Admins only');
    response.locals['caller'] = callerFrom(sessionId, session);
    next();
  };
}

function signInPath({ baseUrl }: Request): string {
  return `/auth/login?returnTo=${encodeURIComponent(baseUrl)}`;
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
    if (!isRead(request) && !isFrom(origin, request)) {
      throw new AppError(403, 'csrf', `Cross-site request refused: send it from a page of ${origin}`);
    }
    next();
  };
}

function isFrom(origin: string, { headers }: Request): boolean {
  const site = headers['sec-fetch-site'];
  return headers.origin === origin && (site === undefined || site === 'same-origin');
}
