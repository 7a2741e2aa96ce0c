import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import type { Router } from 'express';
import { csrfHeader, requireAdmin, requireUser, sessionCookie } from './authenticate.ts';
import type { Cookies } from './cookies.ts';
import { createLimits, type LimitContext } from './rate-limit.ts';
import type { RouteContext } from './route.ts';

/** Creates the context in which routes are mounted. */
export function createRouteContext(router: Router, cookies: Cookies, limits: LimitContext): RouteContext {
  const { signIn, strangers, person, boardActs, webhooks } = createLimits(limits);
  const user = [requireUser(cookies, strangers), person];
  return {
    router,
    registry: createRegistry(cookies.fullName(sessionCookie)),
    limits: { strangers, person, boardActs },
    guards: {
      probe: [],
      public: [strangers],
      webhook: [webhooks],
      signIn: [signIn],
      user,
      admin: [...user, requireAdmin()],
    },
  };
}

function createRegistry(cookieName: string): OpenAPIRegistry {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: cookieName,
    description: 'Set by /auth/callback. Browsers send it by themselves.',
  });
  registry.registerComponent('securitySchemes', 'csrf', {
    type: 'apiKey',
    in: 'header',
    name: csrfHeader,
    description: 'The csrfToken of GET /auth/me. Writes need it beside the session.',
  });
  return registry;
}
