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
const healthResponse = z
  .object({
    status: z.enum(['healthy', 'degraded']),
    uptime: z.number().describe('Seconds'),
    timestamp: z.iso.datetime(),
    version: z.string(),
    role: z.enum(['all', 'api', 'worker']).describe('Role of this process'),
    stopping: z.boolean(),
    services: z.object({ mongodb: service, redis: service }),
    details: z
      .object({
        notifications: z.object({ publicAddress: z.string().nullable(), note: z.string() }),
        mailboxes: z
          .record(z.string(), z.number())
          .nullable()
          .describe('Mailboxes by state, as in GET /api/mailboxes; null: MongoDB did not answer'),
        graphIsAheadBySeconds: z
          .number()
          .nullable()
          .describe("By how much Graph's clock is ahead of that of this process; null: it has not answered yet"),
      })
      .optional()
      .describe('For signed-in admins only'),
    queues: z
      .record(z.string(), z.record(z.string(), z.number()))
      .nullable()
      .describe('Job counts by queue and state; null: Redis did not answer'),
  })
  .meta({ id: 'Health' });

/** Mounts the health checks. */
export function mountHealth(context: RouteContext, cookies: Cookies, health: Health): void {
  openRoute(
    context,
    ['probe', 'get', '/health/live'],
    {
      summary: 'Liveness: the process answers. Contacts no other service',
      tag,
      responses: { 200: json(z.object({ status: z.literal('alive') })) },
    },
    async () => ({ status: 200, body: { status: 'alive' } }),
  );
  openRoute(
    context,
    ['probe', 'get', '/health'],
    {
      summary: 'Readiness: MongoDB and Redis answer; job counts by queue',
      tag,
      responses: { 200: json(healthResponse, 'Healthy'), 503: json(healthResponse, 'Degraded, or stopping') },
    },
    async ({ request }) => {
      const body = await health.report((await isAdmin(cookies, request)) ? 'admin' : 'anyone');
      return { status: body.status === 'healthy' ? 200 : 503, body };
    },
  );
}

/** Returns false when the session cannot be read in time: the health check must not wait for a store. */
async function isAdmin(cookies: Cookies, request: Request): Promise<boolean> {
  const sessionId = cookies.read(request, sessionCookie);
  if (sessionId === undefined) return false;
  try {
    return await pTimeout(isAdminSession(sessionId), { milliseconds: knowLimitMs });
  } catch {
    return false;
  }
}
