import { Redis, type RedisOptions } from 'ioredis';
import pTimeout from 'p-timeout';
import { defined } from '../lib/defined.ts';
import { ConfigurationError, toError } from '../lib/errors.ts';
import type { LogLimiter } from '../lib/log-limiter.ts';
import type { Logger } from '../lib/logger.ts';
import { permanent, withBackoff } from '../lib/retry.ts';
import type { RedisSettings } from './env.ts';

const backoff = { tries: 10, minDelayMs: 1_000, maxDelayMs: 30_000 };
const probeLimitMs = 5_000;

/** BullMQ creates its own clients from plain settings. */
type ConnectionConfig = RedisOptions & { readonly retryStrategy: (times: number) => number };

/**
 * Returns the wait before the n-th reconnection, in milliseconds: doubling from 400 ms to 2 s, half of it random so that
 * many clients do not reconnect in step. BullMQ's default waits up to 20 s.
 * @internal exported for its test
 */
export function reconnectDelayMs(times: number, random: () => number = Math.random): number {
  const ceiling = Math.min(2_000, 400 * 2 ** Math.min(times - 1, 10));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

function baseOptions({ host, port, password, db }: RedisSettings): ConnectionConfig {
  return {
    host,
    port,
    ...defined<RedisOptions>({ password: password?.reveal(), db }),
    connectTimeout: 5_000,
    retryStrategy: (times) => reconnectDelayMs(times),
  };
}

/** Settings for BullMQ queues: without Redis a command fails instead of waiting in memory. */
export function getQueueConnectionConfig(settings: RedisSettings): ConnectionConfig {
  return { ...baseOptions(settings), enableOfflineQueue: false };
}

/** Settings for BullMQ workers: their blocking reads wait until Redis is back. */
export function getWorkerConnectionConfig(settings: RedisSettings): ConnectionConfig {
  return { ...baseOptions(settings), maxRetriesPerRequest: null };
}

export interface RedisClientContext {
  readonly settings: RedisSettings;
  readonly logger: Logger;
  readonly limiter: LogLimiter;
}

/** Creates the general-purpose client. It connects with its first command or `connect()`. */
export function getRedisClient(context: RedisClientContext): Redis {
  return createClient('general', context, { maxRetriesPerRequest: 1 });
}

/** Creates the client of the health check: on a shared client a frozen Redis would delay the answer. */
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

/** Closes a client: by QUIT when Redis answers within `limitMs`, else by cutting the connection. */
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
 * Waits until Redis answers, and checks that it never evicts keys, because it holds the jobs.
 * @param signal ends the waiting at once
 * @throws ConfigurationError when Redis would evict or refuses the password; the last error after the last try
 */
export async function waitForRedis(settings: RedisSettings, logger: Logger, signal: AbortSignal): Promise<void> {
  await withBackoff(() => probe(settings, logger), {
    ...backoff,
    signal,
    onFailure: ({ attempt, tries, delayMs, error }) => {
      const fields = { attempt, tries, error: error.message };
      if (delayMs === undefined) logger.error('Redis cannot be reached: giving up', fields);
      else logger.warn('Redis cannot be reached: retrying', { ...fields, retryInMs: delayMs });
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

/** Marks errors that waiting does not fix as permanent. */
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
