import pTimeout from 'p-timeout';
import type { Config } from '../config/env.ts';
import { type Clock, stopwatch } from '../lib/clock.ts';

/** How long a store may take to give a sign of life. */
const pingLimitMs = 2_000;
/** For how long a round of pings answers for everyone who asks. */
const roundMs = 1_000;

interface ServiceHealth {
  readonly state: 'up' | 'down';
  /** How long the store took to answer, or how long it was waited for. */
  readonly ms: number;
}

export interface HealthReport {
  readonly status: 'healthy' | 'degraded';
  readonly uptime: number;
  readonly timestamp: string;
  readonly version: string;
  readonly role: Config['role'];
  readonly stopping: boolean;
  readonly services: { readonly mongodb: ServiceHealth; readonly redis: ServiceHealth };
  /** Jobs by queue and state; null when Redis did not tell. */
  readonly queues: QueueCounts | null;
  /** For admins only. */
  readonly details?: HealthDetails;
}

/** What an operator wants to know beyond whether it works. */
export interface HealthDetails {
  readonly notifications: {
    /** Where Graph sends its notifications; null: nowhere, mail is watched by synchronization alone. */
    readonly publicAddress: string | null;
    readonly note: string;
  };
}

type QueueCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface HealthProbes {
  readonly pingMongo: (signal: AbortSignal) => Promise<unknown>;
  readonly pingRedis: () => Promise<unknown>;
  readonly countJobs: () => Promise<QueueCounts>;
}

export interface HealthOptions {
  readonly probes: HealthProbes;
  readonly version: string;
  /** What this process does. */
  readonly role: Config['role'];
  readonly isStopping: () => boolean;
  readonly clock: Clock;
  readonly details: () => HealthDetails;
}

interface Round {
  readonly services: HealthReport['services'];
  readonly queues: QueueCounts | null;
}

/** Knows how the service is. However many ask at once, the stores are asked once a second. */
export class Health {
  readonly #options: HealthOptions;
  #round: { readonly startedAt: number; readonly result: Promise<Round> } | undefined;
  #counting: Promise<QueueCounts> | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** @returns the state of the service and of both stores, within the ping limit */
  async report(audience: 'anyone' | 'admin' = 'anyone'): Promise<HealthReport> {
    const { services, queues } = await this.#sharedRound();
    const { version, role, isStopping, clock, details } = this.#options;
    const stopping = isStopping();
    const up = services.mongodb.state === 'up' && services.redis.state === 'up';
    return {
      status: up && !stopping ? 'healthy' : 'degraded',
      uptime: Math.round(process.uptime()),
      timestamp: new Date(clock()).toISOString(),
      version,
      role,
      stopping,
      services,
      queues,
      ...(audience === 'admin' ? { details: details() } : {}),
    };
  }

  #sharedRound(): Promise<Round> {
    const now = this.#options.clock();
    const age = this.#round === undefined ? Number.POSITIVE_INFINITY : Math.abs(now - this.#round.startedAt);
    if (this.#round === undefined || age >= roundMs) {
      this.#round = { startedAt: now, result: this.#ask() };
    }
    return this.#round.result;
  }

  async #ask(): Promise<Round> {
    const { pingMongo, pingRedis } = this.#options.probes;
    const [mongodb, redis, queues] = await Promise.all([
      measure(() => pingMongo(AbortSignal.timeout(pingLimitMs))),
      measure(pingRedis),
      this.#countJobs(),
    ]);
    return { services: { mongodb, redis }, queues };
  }

  /** A count that a frozen Redis holds up is waited for again, not asked for again. */
  async #countJobs(): Promise<QueueCounts | null> {
    this.#counting ??= this.#options.probes.countJobs().finally(() => {
      this.#counting = undefined;
    });
    try {
      return await pTimeout(this.#counting, { milliseconds: pingLimitMs });
    } catch {
      return null;
    }
  }
}

async function measure(ping: () => Promise<unknown>): Promise<ServiceHealth> {
  const elapsed = stopwatch();
  try {
    await pTimeout(ping(), { milliseconds: pingLimitMs });
    return { state: 'up', ms: elapsed() };
  } catch {
    return { state: 'down', ms: elapsed() };
  }
}
