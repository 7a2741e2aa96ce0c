import { Redis, type RedisOptions } from 'ioredis';
import pTimeout from 'p-timeout';
import { ConfigurationError, toError } from '../lib/errors.ts';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { permanent, withBackoff } from '../lib/retry.ts';
import type { RedisSettings } from './env.ts';

const backoff = { tries: 10, minDelayMs: 1_000, maxDelayMs: 30_000 };
const probeLimitMs = 5_000;

/** BullMQ takes plain settings and makes its own clients from them. */
type ConnectionConfig = RedisOptions & { readonly retryStrategy: (times: number) => number };

/**
 * Wait before the n-th reconnection: doubling from 200 ms to 2 s, the upper half of it by chance so that many
 * clients do not come back in step. BullMQ's own backs off to 20 s and resumes that late.
 * @returns milliseconds
 */
export function reconnectDelayMs(times: number, random: () => number = Math.random): number {
  const ceiling = Math.min(2_000, 400 * 2 ** Math.min(times - 1, 10));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

function baseOptions({ host, port, password, db }: RedisSettings): ConnectionConfig {
  return {
    host,
    port,
    ...(password === undefined ? {} : { password: password.reveal() }),
    ...(db === undefined ? {} : { db }),
    connectTimeout: 5_000,
    retryStrategy: (times) => reconnectDelayMs(times),
  };
}

/** Settings for BullMQ queues: a command given while Redis is away fails instead of waiting in memory. */
export function getQueueConnectionConfig(settings: RedisSettings): ConnectionConfig {
  return { ...baseOptions(settings), enableOfflineQueue: false };
}

/** Settings for BullMQ workers, whose blocking reads must wait for as long as Redis is away. */
export function getWorkerConnectionConfig(settings: RedisSettings): ConnectionConfig {
  return { ...baseOptions(settings), maxRetriesPerRequest: null };
}

export interface RedisClientContext {
  readonly settings: RedisSettings;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
}

/** The general-purpose client. It opens nothing until its first command or `connect()`. */
export function getRedisClient(context: RedisClientContext): Redis {
  return createClient('general', context, { maxRetriesPerRequest: 1 });
}

/** The client that only health uses: on a shared one a frozen Redis would hang the answer. */
export function getHealthRedisClient(context: RedisClientContext): Redis {
  return createClient('health', context, {
    commandTimeout: 1_000,
    connectTimeout: 1_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
  });
}

function createClient(source: string, { settings, logger, limiter }: RedisClientContext, options: RedisOptions): Redis {
  const client = new Redis({ ...baseOptions(settings), lazyConnect: true, ...options });
  client.on('error', (error: Error) =>
    limiter.warn(logger, 'Redis connection error', source, { error: error.message }),
  );
  return client;
}

/** Closes a client: politely when Redis takes leave within `limitMs`, else by cutting the connection. */
export async function closeRedisClient(client: Redis, limitMs = 500): Promise<void> {
  try {
    if (client.status === 'ready') await pTimeout(client.quit(), { milliseconds: limitMs });
  } catch {
    // cut either way
  } finally {
    client.disconnect();
  }
}

/**
 * Waits until Redis answers, as patiently as for MongoDB, and checks that it never evicts: jobs live there.
 * @param signal ends the waiting at once
 * @throws ConfigurationError when Redis would evict or refuses the password; the last error after the last try
 */
export async function waitForRedis(settings: RedisSettings, logger: Logger, signal: AbortSignal): Promise<void> {
  await withBackoff(() => probe(settings, logger), {
    ...backoff,
    signal,
    onFailure: ({ attempt, tries, delayMs, error }) => {
      const fields = { attempt, tries, error: error.message };
      if (delayMs === undefined) logger.error('Redis cannot be reached', fields);
      else logger.warn('Redis cannot be reached yet', { ...fields, retryInMs: delayMs });
    },
  });
}

async function probe(settings: RedisSettings, logger: Logger): Promise<void> {
  const client = new Redis({
    ...baseOptions(settings),
    lazyConnect: true,
    connectTimeout: probeLimitMs,
    commandTimeout: probeLimitMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let fault: Error | undefined;
  client.on('error', (error: Error) => {
    fault = error;
  });
  try {
    await client.connect();
    await client.ping();
    await requireNoEviction(client, logger);
  } catch (error) {
    throw explain(fault ?? toError(error), settings);
  } finally {
    client.disconnect();
  }
}

/** A refused password or a full-blown misconfiguration does not heal by waiting. */
function explain(error: Error, { host, port }: RedisSettings): Error {
  if (error instanceof ConfigurationError) return permanent(error);
  if (/^(NOAUTH|WRONGPASS|ERR AUTH)/.test(error.message)) {
    return permanent(
      new ConfigurationError(`Redis at ${host}:${port} refuses the password: set REDIS_PASSWORD to the server's own`),
    );
  }
  return error;
}

async function requireNoEviction(client: Redis, logger: Logger): Promise<void> {
  const policy = await readPolicy(client);
  if (policy === undefined) {
    logger.warn('Redis forbids CONFIG: make sure that its maxmemory-policy is noeviction');
    return;
  }
  if (policy !== 'noeviction') {
    throw new ConfigurationError(
      `Redis has maxmemory-policy ${policy}, which may throw jobs away: start it with --maxmemory-policy noeviction`,
    );
  }
}

async function readPolicy(client: Redis): Promise<string | undefined> {
  try {
    const reply = await client.config('GET', 'maxmemory-policy');
    return Array.isArray(reply) ? String(reply[1]) : undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined;
    throw error;
  }
}
