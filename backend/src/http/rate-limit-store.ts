import { createHash } from 'node:crypto';
import { type ClientRateLimitInfo, MemoryStore, type Options, type Store } from 'express-rate-limit';
import type { Redis } from 'ioredis';
import pTimeout from 'p-timeout';
import { RedisStore } from 'rate-limit-redis';
import type { Clock } from '../lib/clock.ts';

/** A slower Redis counts as unavailable. */
const redisLimitMs = 250;
/** After a failure, requests are counted here for so long before Redis is asked again: they must not all wait for it. */
const pauseMs = 1_000;

export interface SharedCountOptions {
  readonly redis: Redis;
  /** Of the keys in Redis. */
  readonly prefix: string;
  readonly clock: Clock;
  /** Called when Redis fails and this process counts alone. */
  readonly onLocal: (error: unknown) => void;
}

/** Counts in Redis, for all processes together; while Redis is slow or gone, in this process alone. */
export class SharedCountStore implements Store {
  readonly prefix: string;
  readonly #shared: RedisStore;
  readonly #local = new MemoryStore();
  readonly #options: SharedCountOptions;
  #redisFrom = 0;

  constructor(options: SharedCountOptions) {
    this.#options = options;
    this.prefix = options.prefix;
    this.#shared = new RedisStore({
      prefix: options.prefix,
      sendCommand: (command = '', ...args) => ask(options.redis, command, args),
    });
  }

  init(options: Options): void {
    this.#local.init(options);
    this.#shared.init(options).catch(this.#options.onLocal);
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    return this.#try(
      () => this.#shared.increment(key),
      () => this.#local.increment(key),
    );
  }

  async decrement(key: string): Promise<void> {
    await this.#try(
      () => this.#shared.decrement(key),
      () => this.#local.decrement(key),
    );
  }

  async resetKey(key: string): Promise<void> {
    await this.#local.resetKey(key);
    await this.#shared.resetKey(key);
  }

  async #try<T>(shared: () => Promise<T>, local: () => Promise<T>): Promise<T> {
    const { clock, onLocal } = this.#options;
    if (clock() < this.#redisFrom) return local();
    try {
      return await shared();
    } catch (error) {
      this.#redisFrom = clock() + pauseMs;
      onLocal(error);
      return local();
    }
  }
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
