import type { Request, RequestHandler, Response } from 'express';
import { MemoryStore, rateLimit, type RateLimitRequestHandler, type Store } from 'express-rate-limit';
import type { Redis } from 'ioredis';
import { AppError, toError } from '../lib/errors.ts';
import { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { callerOf, isRead } from './authenticate.ts';
import { SharedCountStore } from './rate-limit-store.ts';

const windowMs = 60_000;
const prefixes = {
  signIn: 'limit:auth:',
  strangers: 'limit:strangers:',
  reads: 'limit:reads:',
  writes: 'limit:writes:',
  boardActs: 'limit:board:',
};

export interface LimitContext {
  readonly redis: Redis;
  readonly logger: Logger;
}

/** How many requests are answered, by kind. A client address is an IPv4 address, or a /56 of IPv6. */
export interface Limits {
  /** Sign-in: 100 requests a minute per client address, which is 50 sign-ins. Colleagues may share one address. */
  readonly signIn: RequestHandler;
  /** Requests of nobody in particular: 300 a minute per client address. */
  readonly strangers: RequestHandler;
  /** The API: 600 reads and 100 writes a minute per signed-in user. Mounted after the caller is known. */
  readonly person: RequestHandler;
  /** The queue board: 10 changes a minute per admin, which count as writes as well. Mounted after `person`. */
  readonly boardActs: RequestHandler;
  /** Change notifications: 30,000 requests a minute per client address, counted by each process on its own. */
  readonly webhooks: RequestHandler;
}

/** Creates the limits. Counts are shared through Redis; without Redis each process counts on its own. */
export function createLimits(context: LimitContext): Limits {
  const reads = perPerson(context, prefixes.reads, 600);
  const writes = perPerson(context, prefixes.writes, 100);
  const boardActs = perPerson(context, prefixes.boardActs, 10);
  return {
    signIn: limit({ limit: 100, store: sharedCounts(context, prefixes.signIn) }),
    strangers: limit({ limit: 300, store: sharedCounts(context, prefixes.strangers) }),
    webhooks: limit({ limit: 30_000, store: new MemoryStore() }),
    person: (request, response, next) => (isRead(request) ? reads : writes)(request, response, next),
    boardActs: (request, response, next) => (isRead(request) ? next() : boardActs(request, response, next)),
  };
}

/** Returns the keys in Redis under which a person's requests are counted. */
export function limitKeysOf(userId: string): string[] {
  return [prefixes.reads, prefixes.writes, prefixes.boardActs].map((prefix) => `${prefix}${userId}`);
}

function perPerson(context: LimitContext, prefix: string, most: number): RequestHandler {
  return limit({ limit: most, store: sharedCounts(context, prefix), keyGenerator: personOf });
}

function personOf(_request: Request, response: Response): string {
  return callerOf(response).userId;
}

interface LimitOptions {
  readonly limit: number;
  readonly store: Store;
  readonly keyGenerator?: (request: Request, response: Response) => string;
}

function limit(options: LimitOptions): RateLimitRequestHandler {
  return rateLimit({
    ...options,
    windowMs,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // a client's own header makes it complain, and TRUST_PROXY is checked by ourselves
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: () => {
      throw new AppError(429, 'too_many_requests', 'Too many requests: retry after the seconds in Retry-After');
    },
  });
}

function sharedCounts({ redis, logger }: LimitContext, prefix: string): SharedCountStore {
  const limiter = new LogLimiter(Date.now); // without Redis every request would log this warning
  const onLocal = (error: unknown): void =>
    limiter.warn(logger, 'Redis is unavailable: each process counts requests on its own', prefix, {
      error: toError(error).message,
    });
  return new SharedCountStore({ redis, prefix, clock: Date.now, onLocal });
}
