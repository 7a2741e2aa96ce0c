import pTimeout from 'p-timeout';
import { secondMs } from '../lib/durations.ts';
import type { Queues } from './queues.ts';

/** While Redis is unavailable, a queue may never answer: then the state is not known. */
const limitMs = secondMs;

/** Tells if an analysis of a mailbox waits or runs; undefined when none does, or Redis does not tell. Does not throw. */
export async function readAnalysisJob(queues: Queues, mailboxId: string): Promise<'queued' | 'running' | undefined> {
  return pTimeout(stateOf(queues, mailboxId), { milliseconds: limitMs }).catch(() => undefined);
}

async function stateOf(queues: Queues, mailboxId: string): Promise<'queued' | 'running' | undefined> {
  const queue = queues['pattern-analysis'];
  const active = await queue.getActive();
  if (active.some((job) => job.data instanceof Object && job.data.mailboxId === mailboxId)) return 'running';
  const id = await queue.getDeduplicationJobId(mailboxId);
  if (id === null) return undefined;
  const state = await queue.getJobState(id);
  if (state === 'active') return 'running';
  return state === 'waiting' || state === 'delayed' || state === 'prioritized' ? 'queued' : undefined;
}
