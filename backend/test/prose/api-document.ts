import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { Router } from 'express';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { mountApi } from '../../src/api/mount.ts';
import { NotificationStreams } from '../../src/api/stream/stream-registry.ts';
import { Cookies } from '../../src/http/cookies.ts';
import { Health } from '../../src/http/health.ts';
import { mountHealth } from '../../src/http/health-routes.ts';
import { mountMetrics } from '../../src/http/metrics.ts';
import type { RouteContext } from '../../src/http/route.ts';
import { LogLimiter } from '../../src/lib/log-limiter.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { NotificationIntake } from '../../src/observation/webhooks/notification-intake.ts';

const json = z.json();

/** Describes all routes as GET /api/openapi.json does. Nothing is opened: no route is called. */
export function describeApi(): z.output<typeof json> {
  const context: RouteContext = {
    router: Router(),
    registry: new OpenAPIRegistry(),
    guards: { probe: [], public: [], webhook: [], signIn: [], user: [], admin: [] },
    limits: { strangers: unused, person: unused, boardActs: unused },
  };
  const cookies = new Cookies('https://msedb.example');
  const redis = new Redis({ lazyConnect: true });
  const logger = createLogger({ level: 'error', style: 'json' });
  const shared = { clock: Date.now, logger, limiter: new LogLimiter(Date.now) };
  const health = createHealth();
  mountHealth(context, cookies, health);
  mountMetrics(context, { health, token: undefined, hasProxy: false });
  mountApi({
    context,
    cookies,
    signIn: undefined,
    setup: { missingSettings: [], hasFirstAdmin: true, redirectUri: '', adminConsent: undefined },
    watchMailbox: unused,
    intake: new NotificationIntake({
      ...shared,
      redis,
      requestDrain: unused,
      requestRenewal: unused,
      requestSync: unused,
    }),
    ports: {
      logger,
      deleteSubscriptions: unused,
      handBackStaged: unused,
      forgetInRedis: unused,
      refuseLastAdmin: unused,
      deactivate: unused,
      requestSync: unused,
      requestAnalysis: unused,
      requestMaintenance: unused,
      stagingHours: 24,
    },
    undo: { graphOf: unused, clock: Date.now, undoDays: 30 },
    streams: new NotificationStreams({ ...shared, subscriber: redis, isSessionOpen: unused }),
    readAnalysisJob: unused,
    overview: {
      version: '1',
      stagingHours: 24,
      undoDays: 30,
      timeZone: 'UTC',
      notifications: false,
      nextAnalysisAt: unused,
    },
  });
  const info = { title: 'MSEDB', version: '1' };
  return json.parse(new OpenApiGeneratorV31(context.registry.definitions).generateDocument({ openapi: '3.1.0', info }));
}

function createHealth(): Health {
  const probes = { pingMongo: unused, pingRedis: unused, countJobs: unused };
  return new Health({ probes, version: '1', role: 'all', isStopping: () => false, clock: Date.now, details: unused });
}

function unused(): never {
  throw new Error('A description calls no route');
}

/** Returns every summary and description below a part of the document, with where it stands, in its order. */
export function proseOf(part: z.output<typeof json>, path: readonly string[] = []): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) => {
    const isProse = typeof value === 'string' && (name === 'summary' || name === 'description');
    if (isProse) return [`${path.join(' ')} ${name === 'summary' ? '' : '- '}${value}`.trim()];
    return proseOf(value, isStructure(name) ? path : [...path, name]);
  });
}

/** Levels of OpenAPI and of JSON Schema that a reader does not need for finding the place. */
function isStructure(name: string): boolean {
  return /^(?:\d|paths|responses|parameters|content|schema|properties|items|anyOf|oneOf|requestBody|application\/json)$/.test(
    name,
  );
}
