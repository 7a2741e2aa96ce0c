import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, Queue, QueueEvents } from 'bullmq';
import pTimeout from 'p-timeout';
import type { Setting } from './measurement.ts';
import { type Finding, ms } from './report.ts';
import { startService } from './service.ts';
import { median, quantile } from './statistics.ts';
import { startYardstick } from './yardstick.ts';

const bareQueue = 'bench-yardstick';
const serviceQueue = 'delta-sync';
const serviceJob = 'run-delta-sync';
const jobLimitMs = 10_000;
/** Lets the worker go back to waiting for the next job. */
const gapMs = 5;
const batchCount = 10;

/**
 * From adding a job to the news that a worker took it, one job at a time, beside a bare BullMQ worker on the same
 * Redis. Both are watched from here in the same way, so what the news itself takes is in both.
 */
export async function measureJobPickup({ environment, isQuick, say }: Setting): Promise<Finding[]> {
  const connection = { ...environment.redis, maxRetriesPerRequest: null };
  const service = await startService(environment);
  const yardstick = await startYardstick(environment, 'worker', [bareQueue, JSON.stringify(connection)]);
  const [ours, bare] = [new Stopwatch(serviceQueue, connection), new Stopwatch(bareQueue, connection)];
  const size = isQuick ? 10 : 40;

  await ours.time(serviceJob, size);
  await bare.time('job', size);
  const [times, bareTimes]: [number[], number[]] = [[], []];
  for (let batch = 1; batch <= batchCount; batch += 1) {
    bareTimes.push(...(await bare.time('job', size)));
    times.push(...(await ours.time(serviceJob, size)));
    say(
      `${batch * size} of ${batchCount * size} jobs: bare worker ${ms(median(bareTimes))}, service ${ms(median(times))}`,
    );
  }
  await Promise.all([ours.close(), bare.close()]);
  await Promise.all([service.stop(), yardstick.stop()]);
  return [toFinding(times, bareTimes, 0.5), toFinding(times, bareTimes, 0.99)];
}

function toFinding(times: readonly number[], bareTimes: readonly number[], share: number): Finding {
  const [time, bareTime] = [quantile(times, share), quantile(bareTimes, share)];
  return {
    what: `job pick-up, p${share * 100}`,
    measured: ms(time),
    yardstick: `${ms(bareTime)} (bare BullMQ)`,
    comparison: `× ${(time / bareTime).toFixed(2)}`,
  };
}

/** Adds jobs to one queue and times until each is active. */
class Stopwatch {
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  readonly #waiting = new Map<string, () => void>();
  #jobs = 0;

  constructor(name: string, connection: ConnectionOptions) {
    this.#queue = new Queue(name, { connection });
    // from the beginning of the stream: from "now" could lose the first job's news
    this.#events = new QueueEvents(name, { connection, lastEventId: '0-0' });
    this.#events.on('active', ({ jobId }) => this.#waiting.get(`active ${jobId}`)?.());
    this.#events.on('completed', ({ jobId }) => this.#waiting.get(`completed ${jobId}`)?.());
  }

  /** @returns milliseconds, one for each job; throws when a job is not done in 10 s */
  async time(jobName: string, count: number): Promise<number[]> {
    const times: number[] = [];
    for (let job = 0; job < count; job += 1) times.push(await this.#timeOne(jobName));
    return times;
  }

  async #timeOne(jobName: string): Promise<number> {
    this.#jobs += 1;
    const jobId = `bench-${process.pid}-${this.#jobs}`;
    const startedAt = performance.now();
    const [elapsedMs] = await Promise.all([
      this.#hear('active', jobId).then(() => performance.now() - startedAt),
      this.#hear('completed', jobId),
      this.#queue.add(jobName, {}, { jobId, removeOnComplete: true }),
    ]);
    await delay(gapMs);
    return elapsedMs;
  }

  async #hear(news: 'active' | 'completed', jobId: string): Promise<void> {
    const key = `${news} ${jobId}`;
    const heard = new Promise<void>((resolve) => this.#waiting.set(key, resolve));
    try {
      await pTimeout(heard, { milliseconds: jobLimitMs, message: `Job ${jobId} is not ${news}` });
    } finally {
      this.#waiting.delete(key);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#events.close(), this.#queue.close()]);
  }
}
