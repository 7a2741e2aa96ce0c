import express, { type Express, type RequestHandler } from 'express';
import type { Redis } from 'ioredis';
import type { Logger } from '../lib/logger.ts';
import type { Secret } from '../lib/secret.ts';
import { securityHeaders } from './content-policy.ts';
import { Cookies } from './cookies.ts';
import { errorHandler, notFound } from './error-handler.ts';
import type { Health } from './health.ts';
import { mountHealth } from './health-routes.ts';
import { requireOneHost } from './host-header.ts';
import { mountMetrics } from './metrics.ts';
import { lacksProxy, refuseUnknownProxy } from './proxy-guard.ts';
import { requestId, requestLogContext } from './request-id.ts';
import type { RouteContext } from './route.ts';
import { createRouteContext } from './route-context.ts';

export interface AppOptions {
  readonly health: Health;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
  /** The origin at which browsers reach the service. */
  readonly appUrl: string;
  readonly trustProxy?: number | string | undefined;
  readonly redis: Redis;
  /** The token of readers of /metrics; without it only this machine may read them. */
  readonly metricsToken?: Secret | undefined;
  /** Mounts the resources. */
  readonly mount: (context: RouteContext, cookies: Cookies) => void;
}

/** The HTTP surface. It listens to nothing by itself. */
export function createApp(options: AppOptions): Express {
  const { health, logger, isStopping, appUrl, trustProxy, redis, metricsToken, mount } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // every answer is made for its request; hashing it costs more than it saves
  if (trustProxy !== undefined) app.set('trust proxy', trustProxy);
  app.use(requestId(), closeWhenStopping(isStopping), securityHeaders(appUrl), requireOneHost());
  const cookies = new Cookies(appUrl);
  const context = createRouteContext(app, cookies, { redis, logger });
  mountHealth(context, cookies, health);
  mountMetrics(context, { health, token: metricsToken, hasProxy: trustProxy !== undefined });
  app.use(requestLogContext());
  if (lacksProxy(appUrl, trustProxy)) app.use(refuseUnknownProxy());
  mount(context, cookies);
  app.use(context.limits.strangers, notFound(), errorHandler(logger));
  return app;
}

/** A client that keeps its connection open learns that it is the last answer on it. */
function closeWhenStopping(isStopping: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (isStopping()) response.setHeader('connection', 'close');
    next();
  };
}
