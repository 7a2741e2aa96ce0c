import pTimeout from 'p-timeout';
import { secondMs } from '../lib/durations.ts';
import type { Queues } from './queues.ts';
import { schedule } from './registry.ts';

/** While Redis is unavailable, a queue may never answer: then the time is not known. */
const limitMs = secondMs;

/** Returns the time of the next analysis of all mailboxes; undefined when Redis does not tell it. Does not throw. */
export async function readNextAnalysis(queues: Queues): Promise<Date | undefined> {
  const asked = queues['pattern-analysis'].getJobScheduler(schedule['pattern-analysis'].schedulerId);
  const next = await pTimeout(asked, { milliseconds: limitMs }).then(
    (scheduler) => scheduler?.next,
    () => undefined,
  );
  return next === undefined ? undefined : new Date(next);
}
