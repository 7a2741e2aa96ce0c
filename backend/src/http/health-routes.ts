import type { Request } from 'express';
import pTimeout from 'p-timeout';
import { z } from 'zod';
import { isAdminSession } from '../auth/sessions.ts';
import { sessionCookie } from './authenticate.ts';
import type { Cookies } from './cookies.ts';
import type { Health } from './health.ts';
import { json, openRoute, type RouteContext } from './route.ts';

const tag = 'about';
const knowLimitMs = 1_000;
const service = z.object({ state: z.enum(['up', 'down']), ms: z.number() });
const healthResponse = z.object({
  status: z.enum(['healthy', 'degraded']),
  uptime: z.number().describe('Seconds'),
  timestamp: z.iso.datetime(),
  version: z.string(),
  role: z.enum(['all', 'api', 'worker']).describe('What this process does'),
  stopping: z.boolean(),
  services: z.object({ mongodb: service, redis: service }),
  details: z
    .object({ notifications: z.object({ publicAddress: z.string().nullable(), note: z.string() }) })
    .optional()
    .describe('For a signed-in admin'),
  queues: z.record(z.string(), z.record(z.string(), z.number())).nullable().describe('Jobs by queue and state'),
});

/** Mounts the answers for whoever watches over the process. */
export function mountHealth(context: RouteContext, cookies: Cookies, health: Health): void {
  openRoute(
    context,
    ['public', 'get', '/health/live'],
    {
      summary: 'Whether the process answers; touches nothing outside it',
      tag,
      responses: { 200: json(z.object({ status: z.literal('alive') })) },
    },
    async () => ({ status: 200, body: { status: 'alive' } }),
  );
  openRoute(
    context,
    ['public', 'get', '/health'],
    {
      summary: 'Whether both stores answer, and what waits in the queues',
      tag,
      responses: { 200: json(healthResponse, 'Healthy'), 503: json(healthResponse, 'Degraded, or stopping') },
    },
    async ({ request }) => {
      const body = await health.report((await isAdmin(cookies, request)) ? 'admin' : 'anyone');
      return { status: body.status === 'healthy' ? 200 : 503, body };
    },
  );
}

/** Whoever cannot be known in time is anyone: the answer must not hang on a store. */
async function isAdmin(cookies: Cookies, request: Request): Promise<boolean> {
  const sessionId = cookies.read(request, sessionCookie);
  if (sessionId === undefined) return false;
  try {
    return await pTimeout(isAdminSession(sessionId), { milliseconds: knowLimitMs });
  } catch {
    return false;
  }
}
