import pTimeout from 'p-timeout';
import type { Config } from '../config/env.ts';
import { type Clock, stopwatch } from '../lib/clock.ts';

/** Time limit of a ping. */
const pingLimitMs = 2_000;
/** A probe answers every request of this time. */
const probeTtlMs = 1_000;

interface ServiceHealth {
  readonly state: 'up' | 'down';
  /** Milliseconds until the store answered, or until the ping timed out. */
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
  /** Jobs by queue and state; null when Redis did not answer. */
  readonly queues: QueueCounts | null;
  /** For admins only. */
  readonly details?: HealthDetails;
}

/** Details for operators. */
export interface HealthDetails {
  readonly notifications: {
    /** The address to which Graph sends change notifications; null without one: mail is read by delta sync alone. */
    readonly publicAddress: string | null;
    readonly note: string;
  };
  /** Mailboxes by state; null when MongoDB did not answer. */
  readonly mailboxes: Readonly<Record<string, number>> | null;
  /** By how much Graph's clock is ahead of that of this process, in seconds; null before its first answer. */
  readonly graphIsAheadBySeconds: number | null;
}

type QueueCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** @internal exported for its tests */
export interface HealthProbes {
  readonly pingMongo: (signal: AbortSignal) => Promise<unknown>;
  readonly pingRedis: () => Promise<unknown>;
  readonly countJobs: () => Promise<QueueCounts>;
}

export interface HealthOptions {
  readonly probes: HealthProbes;
  readonly version: string;
  readonly role: Config['role'];
  readonly isStopping: () => boolean;
  readonly clock: Clock;
  readonly details: () => Promise<HealthDetails>;
}

/** The result of one probe of both stores. */
interface Probe {
  readonly services: HealthReport['services'];
  readonly queues: QueueCounts | null;
}

/** Reports the health of the service. Probes the stores once a second at most, however many requests there are. */
export class Health {
  readonly #options: HealthOptions;
  #probe: { readonly startedAt: number; readonly result: Promise<Probe> } | undefined;
  #counting: Promise<QueueCounts> | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** Returns the state of the service and of both stores, within the time limit of a ping. */
  async report(audience: 'anyone' | 'admin' = 'anyone'): Promise<HealthReport> {
    const { services, queues } = await this.#sharedProbe();
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
      ...(audience === 'admin' && { details: await details() }),
    };
  }

  #sharedProbe(): Promise<Probe> {
    const now = this.#options.clock();
    const age = this.#probe === undefined ? Number.POSITIVE_INFINITY : Math.abs(now - this.#probe.startedAt);
    if (this.#probe === undefined || age >= probeTtlMs) {
      this.#probe = { startedAt: now, result: this.#probeStores() };
    }
    return this.#probe.result;
  }

  async #probeStores(): Promise<Probe> {
    const { pingMongo, pingRedis } = this.#options.probes;
    const [mongodb, redis, queues] = await Promise.all([
      measure(() => pingMongo(AbortSignal.timeout(pingLimitMs))),
      measure(pingRedis),
      this.#countJobs(),
    ]);
    return { services: { mongodb, redis }, queues };
  }

  /** While a frozen Redis holds a count up, the next probe waits for that count instead of starting another. */
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
