import { Queue } from 'bullmq';
import supertest from 'supertest';
import type { Config } from '../../src/config/env.ts';
import { type QueueName, registry } from '../../src/jobs/registry.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { RuntimeOptions } from '../../src/composition/resources.ts';
import { type Runtime, startRuntime } from '../../src/composition/runtime.ts';
import { dropDatabase, testDatabaseUri } from './database.ts';
import { startTestRedis, type TestRedis } from './redis.ts';

/** The service in this process, on a database and a Redis of its own. */
export interface TestService extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly redis: TestRedis;
  readonly mongoUri: string;
  /** Requests to it. */
  readonly http: ReturnType<typeof supertest>;
  /** The test's own view of a queue; closed with the service. */
  queue(name: QueueName): Queue;
}

/** Settings of a service that listens on any free port. */
function testConfig(stores: { mongoUri: string; redisPort: number }): Config {
  return {
    environment: 'test',
    role: 'all',
    logLevel: 'error',
    http: { port: 0, appUrl: 'http://localhost:8010' },
    mongo: { uri: new Secret(stores.mongoUri) },
    redis: { host: '127.0.0.1', port: stores.redisPort },
    observation: { sinceDays: 30, pageSize: 200 },
    analysis: { timeZone: 'UTC', halfLifeDays: 365 },
    automation: { stagingHours: 24, undoDays: 30, undoDrill: false },
    shutdownTimeoutMs: 10_000,
  };
}

/** @param options what the test sets itself; `config` is laid over the test settings */
export async function startTestService(
  options: Partial<Omit<RuntimeOptions, 'config'>> & { config?: Partial<Config> } = {},
): Promise<TestService> {
  const redis = await startTestRedis();
  const mongoUri = testDatabaseUri();
  const queues: Queue[] = [];
  const config = { ...testConfig({ mongoUri, redisPort: redis.port }), ...options.config };
  const runtime = await startRuntime({
    logger: createLogger({ level: 'error', style: 'readable' }),
    signal: new AbortController().signal,
    ...options,
    config,
  });
  return {
    config,
    runtime,
    redis,
    mongoUri,
    http: supertest(`http://127.0.0.1:${runtime.port}`),
    queue: (name) => {
      const queue = new Queue(name, { connection: { host: '127.0.0.1', port: redis.port } });
      queues.push(queue);
      return queue;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(queues.map((queue) => queue.close()));
      await runtime.stop();
      await dropDatabase(mongoUri);
      await redis[Symbol.asyncDispose]();
    },
  };
}

/** Puts the scheduled kind of job on a queue, now. */
export function addJob(queue: Queue, name: QueueName, jobName: string = registry[name].jobName) {
  return queue.add(jobName, {}, { attempts: 3, backoff: { type: 'exponential', delay: 5_000 } });
}
