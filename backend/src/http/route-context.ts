import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import type { Router } from 'express';
import { requireAdmin, requireUser, sessionCookie } from './authenticate.ts';
import type { Cookies } from './cookies.ts';
import { type LimitContext, limitApi, limitSignIn } from './rate-limit.ts';
import type { RouteContext } from './route.ts';

/** Creates the context in which routes are mounted. */
export function createRouteContext(router: Router, cookies: Cookies, limits: LimitContext): RouteContext {
  const user = [requireUser(cookies), limitApi(limits)];
  return {
    router,
    registry: createRegistry(cookies.fullName(sessionCookie)),
    guards: { public: [], signIn: [limitSignIn(limits)], user, admin: [...user, requireAdmin()] },
  };
}

function createRegistry(cookieName: string): OpenAPIRegistry {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: cookieName,
    description: 'Set by /auth/callback. Writes also need the header x-msedb-csrf with the csrfToken of GET /auth/me.',
  });
  return registry;
}
