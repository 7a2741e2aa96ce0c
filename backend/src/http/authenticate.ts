import type { RequestHandler, Response } from 'express';
import { readSession, verifyCsrf } from '../auth/sessions.ts';
import { AppError } from '../lib/errors.ts';
import type { Cookies } from './cookies.ts';

export const sessionCookie = 'msedb_session';
const csrfHeader = 'x-msedb-csrf';
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Who makes a request. */
export interface Caller {
  readonly userId: string;
  readonly email: string;
  readonly displayName: string | undefined;
  readonly role: 'user' | 'admin';
  readonly sessionId: string;
  readonly sessionEndsAt: Date;
}

/**
 * Lets signed-in people through, with role and activity as they are at this moment. A write must carry the token
 * that GET /auth/me gives: a page of another site cannot read it.
 */
export function requireUser(cookies: Cookies): RequestHandler {
  return async (request, response, next) => {
    const sessionId = cookies.read(request, sessionCookie);
    const session = sessionId === undefined ? undefined : await readSession(sessionId);
    if (sessionId === undefined || session === undefined) {
      throw new AppError(401, 'not_signed_in', 'Nobody is signed in: start at /auth/login');
    }
    if (!safeMethods.has(request.method) && !verifyCsrf(sessionId, request.get(csrfHeader))) {
      throw new AppError(403, 'csrf', `A write needs the header ${csrfHeader} with the csrfToken of GET /auth/me`);
    }
    const { userId, email, displayName, role, endsAt } = session;
    response.locals['caller'] = {
      userId: userId.toString(),
      email,
      displayName,
      role,
      sessionId,
      sessionEndsAt: endsAt,
    } satisfies Caller;
    next();
  };
}

/** Lets admins through; stands behind `requireUser`. */
export function requireAdmin(): RequestHandler {
  return (_request, response, next) => {
    if (callerOf(response).role !== 'admin') throw new AppError(403, 'admins_only', 'Only for admins');
    next();
  };
}

/** @throws when no `requireUser` stands before the route: a fault of ours */
export function callerOf(response: Response<unknown, { caller?: Caller }>): Caller {
  const { caller } = response.locals;
  if (caller === undefined) throw new Error('This route is not guarded');
  return caller;
}
