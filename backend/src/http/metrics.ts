import { Gauge, Registry } from 'prom-client';
import { z } from 'zod';
import { readMetrics } from '../lib/metrics.ts';
import type { Secret } from '../lib/secret.ts';
import type { Health, HealthReport } from './health.ts';
import { requireMetricsReader } from './metrics-guard.ts';
import { problem, type RouteContext } from './route.ts';

export interface MetricsOptions {
  readonly health: Health;
  /** What a reader presents; left out: only this machine may read. */
  readonly token: Secret | undefined;
}

/** Mounts what Prometheus reads. */
export function mountMetrics({ router, registry }: RouteContext, { health, token }: MetricsOptions): void {
  const path = '/metrics';
  registry.registerPath({
    method: 'get',
    path,
    summary: 'Metrics for Prometheus, with METRICS_TOKEN as bearer token; without one, for this machine only',
    tags: ['about'],
    security: [],
    responses: {
      200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
      401: problem('The token is missing or wrong'),
      403: problem('No METRICS_TOKEN is set, and the request comes from elsewhere'),
    },
  });
  router.get(path, requireMetricsReader(token), async (_request, response) => {
    const [own, state] = await Promise.all([readMetrics(), health.report().then(describeState)]);
    response.set('content-type', Registry.PROMETHEUS_CONTENT_TYPE).send(`${own}\n${state}`);
  });
}

/** What is known of the stores and the queues at this moment; a Redis that does not answer leaves the queues out. */
function describeState({ version, role, services, queues }: HealthReport): Promise<string> {
  const now = new Registry();
  const registers = [now];
  const build = new Gauge({
    name: 'msedb_info',
    help: 'What runs here',
    labelNames: ['version', 'role'],
    registers,
  });
  build.set({ version, role }, 1);
  const storeUp = new Gauge({
    name: 'msedb_store_up',
    help: 'Whether a store answers: 1 or 0',
    labelNames: ['store'],
    registers,
  });
  for (const [store, { state }] of Object.entries(services)) storeUp.set({ store }, state === 'up' ? 1 : 0);
  const jobs = new Gauge({
    name: 'msedb_queue_jobs',
    help: 'Jobs by queue and state: the same in every process on one Redis. Finished ones are kept for a while',
    labelNames: ['queue', 'state'],
    registers,
  });
  for (const [queue, counts] of Object.entries(queues ?? {})) {
    for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count);
  }
  return now.metrics();
}
