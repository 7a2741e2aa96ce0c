import type { Request, RequestHandler, Response } from 'express';
import { readSession, type SignedIn, verifyCsrf } from '../auth/sessions.ts';
import { AppError } from '../lib/errors.ts';
import type { Cookies } from './cookies.ts';

export const sessionCookie = 'msedb_session';
export const csrfHeader = 'x-msedb-csrf';
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The signed-in user who makes a request. */
export interface Caller {
  readonly userId: string;
  readonly email: string;
  readonly displayName: string | undefined;
  readonly role: 'user' | 'admin';
  readonly sessionId: string;
  readonly sessionEndsAt: Date;
  readonly sessionIdleEndsAt: Date;
  /** When they last proved to Microsoft who they are; undefined when that is not known. */
  readonly signedInAt: Date | undefined;
}

/** Returns the caller whom a session stands for. */
export function callerFrom(sessionId: string, session: SignedIn): Caller {
  const { userId, email, displayName, role, endsAt, idleEndsAt, signedInAt } = session;
  return {
    userId: userId.toString(),
    email,
    displayName,
    role,
    sessionId,
    sessionEndsAt: endsAt,
    sessionIdleEndsAt: idleEndsAt,
    signedInAt,
  };
}

/** Tells if a request reads only. */
export function isRead({ method }: Pick<Request, 'method'>): boolean {
  return safeMethods.has(method);
}

/**
 * Admits signed-in users, and reads their role and activity anew for each request. A write must carry the CSRF token of
 * GET /auth/me, which a page of another site cannot read.
 * @param limitStrangers counts the requests that are not admitted
 */
export function requireUser(cookies: Cookies, limitStrangers: RequestHandler): RequestHandler {
  return async (request, response, next) => {
    const sessionId = cookies.read(request, sessionCookie);
    const session = sessionId === undefined ? undefined : await readSession(sessionId);
    if (sessionId === undefined || session === undefined) {
      const refused = new AppError(401, 'not_signed_in', 'Not signed in: start at /auth/login');
      await limitStrangers(request, response, (limited?: unknown) => next(limited ?? refused));
      return;
    }
    if (!isRead(request) && !verifyCsrf(sessionId, request.get(csrfHeader))) {
      throw new AppError(
        403,
        'csrf',
        `CSRF token missing or wrong: send the csrfToken of GET /auth/me in the header ${csrfHeader}`,
      );
    }
    response.locals['caller'] = callerFrom(sessionId, session);
    next();
  };
}

/** Admits admins. Mounted after `requireUser`. */
export function requireAdmin(): RequestHandler {
  return (_request, response, next) => {
    if (callerOf(response).role !== 'admin') throw new AppError(403, 'admins_only', 'Admins only');
    next();
  };
}

/** Returns the caller. @throws Error when the route is mounted without `requireUser`, which is a bug */
export function callerOf(response: Response<unknown, { caller?: Caller }>): Caller {
  const { caller } = response.locals;
  if (caller === undefined) throw new Error('This route has no guard');
  return caller;
}
