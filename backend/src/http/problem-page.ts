import type { Request, RequestHandler, Response } from 'express';

const local = 'problemPage';

/** Sends a person at a browser to a page, with the code of the error, when the request fails. Programs get JSON. */
export function showProblemsAt(page: string): RequestHandler {
  return (_request, response, next) => {
    response.locals[local] = page;
    next();
  };
}

/** Returns the page that tells of errors of this request; undefined when its caller wants JSON, or there is no page. */
export function problemPageFor(request: Request, response: Response): string | undefined {
  const page: unknown = response.locals[local];
  return typeof page === 'string' && prefersPage(request) ? page : undefined;
}

/** True for a browser that navigates: a program that takes anything gets JSON. */
export function prefersPage(request: Request): boolean {
  return request.accepts(['json', 'html']) === 'html';
}
