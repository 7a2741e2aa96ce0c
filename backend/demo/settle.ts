import { z } from 'zod';
import type { Demo } from './demo.ts';
import { eventually, pause } from './eventually.ts';

/** The backend counts its jobs once a second at the most: an answer may be as old. */
const countedEveryMs = 1_100;
/** Where changes are read, and acted upon. */
const watchedQueues = ['webhook-events', 'delta-sync', 'staging-processor'];

const health = z.object({ queues: z.record(z.string(), z.record(z.string(), z.number())) });

/** Waits until the backend has done all that follows from what it has seen so far. */
export async function untilSettled({ api: { url }, signal }: Pick<Demo, 'api' | 'signal'>): Promise<void> {
  await pause(countedEveryMs, signal);
  await eventually('no job runs or waits', async () => ((await isIdle(url, signal)) ? true : undefined), { signal });
}

async function isIdle(url: string, signal: AbortSignal): Promise<boolean> {
  const { queues } = health.parse(await (await fetch(`${url}/health`, { signal })).json());
  return watchedQueues.every((name) => (queues[name]?.['active'] ?? 0) + (queues[name]?.['waiting'] ?? 0) === 0);
}
