import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from '../lib/logger.ts';
import { errorHandler, notFound } from './error-handler.ts';
import type { Health } from './health.ts';
import { requestId, requestLogContext } from './request-id.ts';

export interface AppOptions {
  readonly health: Health;
  readonly logger: Logger;
  readonly isStopping: () => boolean;
}

/** The HTTP surface. It listens to nothing by itself. */
export function createApp({ health, logger, isStopping }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag'); // every answer is made for its request; hashing it costs more than it saves
  app.use(requestId(), closeWhenStopping(isStopping), helmet());
  app.get('/health/live', (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get('/health', async (_request, response) => {
    const report = await health.report();
    response.status(report.status === 'healthy' ? 200 : 503).json(report);
  });
  app.use(requestLogContext());
  app.use(express.json({ limit: '1mb' }), notFound(), errorHandler(logger));
  return app;
}

/** A client that keeps its connection open learns that it is the last answer on it. */
function closeWhenStopping(isStopping: () => boolean): RequestHandler {
  return (_request, response, next) => {
    if (isStopping()) response.setHeader('connection', 'close');
    next();
  };
}
