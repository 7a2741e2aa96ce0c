import type { ErrorRequestHandler, RequestHandler } from 'express';
import mongoose from 'mongoose';
import { defined } from '../lib/defined.ts';
import { AppError, NotFoundError, toError } from '../lib/errors.ts';
import { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { refusedRequests } from '../lib/metrics.ts';
import { requestIdOf } from './request-id.ts';

const { MongoNetworkError, MongoNotConnectedError, MongoServerSelectionError } = mongoose.mongo;

interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly requestId: string;
    readonly fields?: AppError['fields'];
    readonly details?: AppError['details'];
  };
}

/** Errors of Express's body parser, by their `type`. */
const parserFaults: Readonly<Record<string, { code: string; message: string }>> = {
  'entity.parse.failed': { code: 'malformed_json', message: 'The request body is not valid JSON' },
  'entity.too.large': { code: 'too_large', message: 'The request body is larger than 1 MB' },
  'charset.unsupported': { code: 'unsupported_media_type', message: 'Send the body in UTF-8' },
  'encoding.unsupported': {
    code: 'unsupported_media_type',
    message: 'Send the body uncompressed, or compressed with gzip, deflate or br',
  },
};

/** Refusals that a person at our own pages does not meet: somebody else's page, or a try. */
const watchedRefusals = new Set(['csrf', 'wrong_browser', 'wrong_session', 'admins_only', 'read_only_board']);

/** Answers requests that no route matches. */
export function notFound(): RequestHandler {
  return (request) => {
    throw new NotFoundError(`${request.method} ${request.path} does not exist`);
  };
}

/** Turns every error into a response. Internal errors are logged, and their details are not sent. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  const limiter = new LogLimiter(Date.now); // an attack is many requests, and must not fill the log
  return (thrown: unknown, request, response, _next) => {
    if (response.headersSent || response.destroyed) {
      logger.warn('Response was cut short', { error: toError(thrown) });
      response.destroy();
      return;
    }
    const { status, code, message } = toAnswer(thrown);
    if (watchedRefusals.has(code)) {
      refusedRequests.inc({ code });
      limiter.warn(logger, 'Request refused', code, { code, method: request.method });
    }
    if (status >= 500) logger.error('Request failed', { error: toError(thrown) });
    const requestId = requestIdOf(response);
    response.status(status).json({ error: { code, message, requestId, ...factsOf(thrown) } } satisfies ErrorBody);
  };
}

function factsOf(thrown: unknown): Pick<ErrorBody['error'], 'fields' | 'details'> {
  if (!(thrown instanceof AppError)) return {};
  return defined<Pick<ErrorBody['error'], 'fields' | 'details'>>({ fields: thrown.fields, details: thrown.details });
}

function toAnswer(thrown: unknown): { status: number; code: string; message: string } {
  if (thrown instanceof AppError) return { status: thrown.status, code: thrown.code, message: thrown.message };
  if (isStoreAway(thrown)) {
    const message = 'The database does not answer at the moment: try again later';
    return { status: 503, code: 'store_unavailable', message };
  }
  const { type, status } = readHttpFault(thrown);
  if (status < 400 || status > 499)
    return { status: 500, code: 'internal', message: 'Internal error: the log has the details under this request id' };
  return { status, ...(parserFaults[type] ?? { code: 'bad_request', message: 'The request cannot be parsed' }) };
}

/** True for the driver's errors about the connection to MongoDB, which pass. */
function isStoreAway(thrown: unknown): boolean {
  return (
    thrown instanceof MongoNetworkError ||
    thrown instanceof MongoServerSelectionError ||
    thrown instanceof MongoNotConnectedError
  );
}

/**
 * Errors of Express's middleware carry `status`, `expose` and, from the body parser, `type`; a path that cannot be
 * decoded is a URIError. The status of any other error, such as Graph's, is no answer to our caller.
 */
function readHttpFault(thrown: unknown): { type: string; status: number } {
  if (thrown instanceof URIError) return { type: '', status: 400 };
  if (!(thrown instanceof Error && 'expose' in thrown && 'status' in thrown)) return { type: '', status: 500 };
  return {
    type: 'type' in thrown && typeof thrown.type === 'string' ? thrown.type : '',
    status: Number(thrown.status),
  };
}
