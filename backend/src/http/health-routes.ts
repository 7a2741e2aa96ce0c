import { z } from 'zod';
import type { Health } from './health.ts';
import { json, openRoute, type RouteContext } from './route.ts';

const tag = 'about';
const service = z.object({ state: z.enum(['up', 'down']), ms: z.number() });
const healthResponse = z.object({
  status: z.enum(['healthy', 'degraded']),
  uptime: z.number().describe('Seconds'),
  timestamp: z.iso.datetime(),
  version: z.string(),
  stopping: z.boolean(),
  services: z.object({ mongodb: service, redis: service }),
  queues: z.record(z.string(), z.record(z.string(), z.number())).nullable().describe('Jobs by queue and state'),
});

/** Mounts the answers for whoever watches over the process. */
export function mountHealth(context: RouteContext, health: Health): void {
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
    async () => {
      const body = await health.report();
      return { status: body.status === 'healthy' ? 200 : 503, body };
    },
  );
}
