import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { rateLimit, type RateLimitRequestHandler } from 'express-rate-limit';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { RedisStore } from 'rate-limit-redis';
import { AppError, toError } from '../lib/errors.ts';
import { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { callerOf } from './authenticate.ts';

const windowMs = 60_000;
/** A slower Redis counts as unavailable, and the request is admitted. */
const redisLimitMs = 250;

/** Limits sign-in: 20 requests a minute per client address. */
export function limitSignIn(context: LimitContext): RequestHandler {
  return limit(context, { prefix: 'limit:auth:', limit: 20 });
}

/** Limits the API: 100 requests a minute per signed-in user. Mounted after `requireUser`. */
export function limitApi(context: LimitContext): RequestHandler {
  return limit(context, {
    prefix: 'limit:api:',
    limit: 100,
    keyGenerator: (_request, response) => callerOf(response).userId,
  });
}

export interface LimitContext {
  readonly redis: Redis;
  readonly logger: Logger;
}

interface LimitOptions {
  readonly prefix: string;
  readonly limit: number;
  readonly keyGenerator?: (request: Request, response: Response) => string;
}

function limit({ redis, logger }: LimitContext, { prefix, ...options }: LimitOptions): RateLimitRequestHandler {
  return rateLimit({
    ...options,
    windowMs,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    passOnStoreError: true,
    logger: quietLogger(logger, prefix),
    handler: () => {
      throw new AppError(429, 'too_many_requests', 'Too many requests: retry after the seconds in Retry-After');
    },
    store: new RedisStore({ prefix, sendCommand: (command = '', ...args) => ask(redis, command, args) }),
  });
}

/** Without Redis every request would log this warning. */
function quietLogger(logger: Logger, source: string) {
  const limiter = new LogLimiter(Date.now);
  const warn = (error: unknown): void =>
    limiter.warn(logger, 'Rate limiting is off: Redis is unavailable', source, { error: toError(error).message });
  return { error: warn, warn };
}

/**
 * Redis calls a script by its SHA-1, so its name is known even if it could not be loaded: the store asks by that
 * name later and loads it then. (rate-limit-redis 6.0 would remember the failure, and count nothing ever again.)
 */
async function ask(redis: Redis, command: string, args: string[]) {
  try {
    return await askRedis(redis, command, args);
  } catch (error) {
    const [subcommand, script] = args;
    if (command !== 'SCRIPT' || subcommand !== 'LOAD' || script === undefined) throw error;
    return createHash('sha1').update(script).digest('hex');
  }
}

async function askRedis(redis: Redis, command: string, args: string[]) {
  const reply = await pTimeout(redis.call(command, ...args), { milliseconds: redisLimitMs });
  if (typeof reply === 'string' || typeof reply === 'number' || Array.isArray(reply)) return reply;
  throw new TypeError('Unexpected reply from Redis to the rate limiter');
}
