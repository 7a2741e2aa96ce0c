import { ErrorCode, type Queue } from 'bullmq';
import type { Clock } from '../lib/clock.ts';
import { minuteMs } from '../lib/durations.ts';
import type { Logger } from '../lib/logger.ts';
import { defaultJobOptions, type Queues } from './queues.ts';
import {
  type Schedule,
  type ScheduledQueueDefinition,
  type ScheduledQueueName,
  schedule,
  scheduledQueueNames,
} from './registry.ts';

/** Tolerance for a next run beyond its interval, and for an overdue run that is missing. */
const slackMs = minuteMs;

const jobOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 5_000 },
  ...defaultJobOptions,
} as const;

const pendingStates = new Set<string>(['waiting', 'prioritized', 'delayed', 'active']);
const clearedStates = ['waiting', 'prioritized', 'delayed', 'completed', 'failed'] as const;
const slotTaken = new Set<unknown>([ErrorCode.SchedulerJobIdCollision, ErrorCode.SchedulerJobSlotsBusy]);

/** Registers the five schedulers. Idempotent: neither their number nor their next runs change. */
export async function initializeSchedulers(
  queues: Queues,
  logger: Logger,
  definitions: Schedule = schedule,
): Promise<void> {
  await Promise.all(
    scheduledQueueNames.map(async (name) => {
      const nextRun = await registerOrReplace(queues[name], definitions[name]);
      logger.info('Scheduler registered', { queue: name, schedulerId: definitions[name].schedulerId, nextRun });
    }),
  );
}

/**
 * Checks all schedulers once and restores those that are missing (FLUSHALL, a lost volume), or whose next run is too
 * far ahead (a clock that jumped forward and back) or was lost. Registering over such a scheduler does not repair it,
 * so it is removed first.
 * @returns the queues whose scheduler was restored
 */
export async function repairSchedulers(
  queues: Queues,
  logger: Logger,
  clock: Clock,
  definitions: Schedule = schedule,
): Promise<readonly ScheduledQueueName[]> {
  const repaired: ScheduledQueueName[] = [];
  for (const name of scheduledQueueNames) {
    const definition = definitions[name];
    const fault = await findFault(queues[name], definition, clock());
    if (fault === undefined) continue;
    const nextRun = await replaceScheduler(queues[name], definition);
    logger.warn('Scheduler restored', { queue: name, schedulerId: definition.schedulerId, fault, nextRun });
    repaired.push(name);
  }
  return repaired;
}

async function findFault(queue: Queue, definition: ScheduledQueueDefinition, now: number): Promise<string | undefined> {
  const found = await queue.getJobScheduler(definition.schedulerId);
  if (found?.next === undefined) return 'missing';
  if (found.next > now + definition.intervalMs + slackMs) return 'next run too far ahead';
  if (found.next > now - slackMs) return undefined;
  const state = await queue.getJobState(`repeat:${definition.schedulerId}:${found.next}`);
  return pendingStates.has(state) ? undefined : 'next run lost';
}

/** @returns when the next job runs, as an ISO date */
async function register(
  queue: Queue,
  { schedulerId, jobName, repeat }: ScheduledQueueDefinition,
): Promise<string | undefined> {
  await queue.upsertJobScheduler(schedulerId, { ...repeat }, { name: jobName, opts: jobOptions });
  const registered = await queue.getJobScheduler(schedulerId);
  return registered?.next === undefined ? undefined : new Date(registered.next).toISOString();
}

/** After a clock was set back, a finished job may occupy the slot of the next run: it is removed. */
async function registerOrReplace(queue: Queue, definition: ScheduledQueueDefinition): Promise<string | undefined> {
  try {
    return await register(queue, definition);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && slotTaken.has(error.code))) throw error;
    return replaceScheduler(queue, definition);
  }
}

async function replaceScheduler(queue: Queue, definition: ScheduledQueueDefinition): Promise<string | undefined> {
  await queue.removeJobScheduler(definition.schedulerId);
  for (const job of await queue.getJobs([...clearedStates])) {
    if (job?.repeatJobKey === definition.schedulerId) await job.remove();
  }
  return register(queue, definition);
}
