import { join } from 'node:path';
import { freePort } from '../local/network.ts';
import { waitUntil } from '../local/process.ts';
import { describeEnd, isRunning, launchMeasured, type Launched, terminate } from './processes.ts';
import type { Environment } from './environment.ts';

const healthyLimitMs = 30_000;
const lookMs = 5;

/** The built service, healthy. */
export interface Service {
  readonly launched: Launched;
  readonly healthUrl: string;
  /** From the start of the process to the first /health with 200, in milliseconds. */
  readonly healthyMs: number;
  /** Stops it with SIGTERM. @returns milliseconds until the process had ended; throws when its exit code is not 0 */
  stop(): Promise<number>;
}

/**
 * Starts dist/server.js as in production, and waits until it is healthy.
 * @throws when it ends, or is not healthy within 30 s, with the end of its log
 */
export async function startService(environment: Environment, mongoUri = environment.mongoUri): Promise<Service> {
  const port = await freePort();
  const launched = launchMeasured({
    args: ['dist/server.js'],
    logFile: join(environment.folder, 'service.log'),
    env: settings(environment, mongoUri, port),
  });
  environment.guard(launched.pid);
  const healthUrl = `http://127.0.0.1:${port}/health`;
  const isSettled = async (): Promise<boolean> => !isRunning(launched) || (await isHealthy(healthUrl));
  const isInTime = await waitUntil(isSettled, { timeoutMs: healthyLimitMs, everyMs: lookMs });
  const healthyMs = performance.now() - launched.startedAt;
  if (!isRunning(launched)) throw describeEnd(launched);
  if (!isInTime) throw new Error(`The service is not healthy after ${healthyLimitMs / 1000} s: ${healthUrl}`);
  return { launched, healthUrl, healthyMs, stop: () => stopService(launched) };
}

function settings({ redis }: Environment, mongoUri: string, port: number): Record<string, string> {
  return {
    PORT: String(port),
    MONGODB_URI: mongoUri,
    REDIS_HOST: redis.host,
    REDIS_PORT: String(redis.port),
    // empty rather than left out, so that what an .env file says does not count
    REDIS_PASSWORD: redis.password ?? '',
    LOG_LEVEL: 'info',
    SHUTDOWN_TIMEOUT_MS: '',
  };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(healthyLimitMs) });
    await reply.arrayBuffer();
    return reply.status === 200;
  } catch {
    return false;
  }
}

async function stopService(launched: Launched): Promise<number> {
  const stopMs = await terminate(launched);
  if (launched.process.exitCode !== 0) throw describeEnd(launched);
  return stopMs;
}
