import { Gauge, Registry } from 'prom-client';
import { z } from 'zod';
import { readMetrics } from '../lib/metrics.ts';
import type { Health, HealthReport } from './health.ts';
import { type MetricsReaders, requireMetricsReader } from './metrics-guard.ts';
import { operationIdOf } from './operation-responses.ts';
import { problem, type RouteContext } from './route.ts';

export interface MetricsOptions extends MetricsReaders {
  readonly health: Health;
}

/** Mounts the Prometheus metrics. */
export function mountMetrics({ router, registry }: RouteContext, { health, ...readers }: MetricsOptions): void {
  const path = '/metrics';
  registry.registerPath({
    method: 'get',
    path,
    operationId: operationIdOf('get', path),
    summary: 'Prometheus metrics. Needs METRICS_TOKEN as bearer token; without a configured token, this machine only',
    tags: ['about'],
    security: [],
    responses: {
      400: problem('bad_request: the request cannot be parsed'),
      200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
      401: problem('The token is missing or wrong'),
      403: problem(
        'loopback_only: no METRICS_TOKEN is set, and the request comes from elsewhere or a proxy is configured',
      ),
    },
  });
  router.get(path, requireMetricsReader(readers), async (_request, response) => {
    const [own, state] = await Promise.all([readMetrics(), health.report().then(describeState)]);
    response.set('content-type', Registry.PROMETHEUS_CONTENT_TYPE).send(`${own}\n${state}`);
  });
}

/** Renders the state of stores and queues. Without an answer from Redis, queues are omitted. */
function describeState({ version, role, services, queues }: HealthReport): Promise<string> {
  const now = new Registry();
  const registers = [now];
  const build = new Gauge({
    name: 'msedb_info',
    help: 'Version and role of this process',
    labelNames: ['version', 'role'],
    registers,
  });
  build.set({ version, role }, 1);
  const storeUp = new Gauge({
    name: 'msedb_store_up',
    help: '1 while the store answers, else 0',
    labelNames: ['store'],
    registers,
  });
  for (const [store, { state }] of Object.entries(services)) storeUp.set({ store }, state === 'up' ? 1 : 0);
  const jobs = new Gauge({
    name: 'msedb_queue_jobs',
    help: 'Jobs by queue and state, the same in every process on one Redis. Finished jobs are kept for a while',
    labelNames: ['queue', 'state'],
    registers,
  });
  for (const [queue, counts] of Object.entries(queues ?? {})) {
    for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count);
  }
  return now.metrics();
}
