import { hourMs, minuteMs } from '../lib/durations.ts';

export const scheduledQueueNames = [
  'webhook-renewal',
  'delta-sync',
  'pattern-analysis',
  'staging-processor',
  'token-refresh',
] as const;
export type ScheduledQueueName = (typeof scheduledQueueNames)[number];

/** The scheduled queues, and one that only change notifications fill. */
export const queueNames = [...scheduledQueueNames, 'webhook-events'] as const;
export type QueueName = (typeof queueNames)[number];

export interface QueueDefinition {
  /** On a scheduled queue it finds the mailboxes that are due and adds one `childJobName` job for each. */
  readonly jobName: string;
  readonly childJobName?: string;
  /** Number of jobs that one process runs at a time; 1 when left out. */
  readonly concurrency?: number;
  /** Its jobs are many and small: only failures are logged at info level or above. */
  readonly isQuiet?: boolean;
}

export interface ScheduledQueueDefinition extends QueueDefinition {
  readonly schedulerId: string;
  /** Cron patterns name their time zone: BullMQ's default is that of the process. */
  readonly repeat: { readonly every: number } | { readonly pattern: string; readonly tz: string };
  /** The longest time from one run to the next; a next run further ahead is a fault. */
  readonly intervalMs: number;
}

const analysisTime = { pattern: '0 2 * * *' } as const;

export type Schedule = Readonly<Record<ScheduledQueueName, ScheduledQueueDefinition>>;

/** The recurring background jobs: queue → its job and schedule. */
export const schedule: Schedule = {
  'webhook-renewal': {
    jobName: 'renew-webhooks',
    childJobName: 'renew-mailbox-webhook',
    concurrency: 10,
    schedulerId: 'webhook-renewal-schedule',
    repeat: { pattern: '0 */2 * * *', tz: 'UTC' },
    intervalMs: 2 * hourMs,
  },
  'delta-sync': {
    jobName: 'run-delta-sync',
    childJobName: 'sync-mailbox',
    concurrency: 10,
    schedulerId: 'delta-sync-schedule',
    repeat: { every: 15 * minuteMs },
    intervalMs: 15 * minuteMs,
  },
  'pattern-analysis': {
    jobName: 'analyze-patterns',
    childJobName: 'analyze-mailbox',
    concurrency: 2,
    schedulerId: 'pattern-analysis-schedule',
    repeat: { ...analysisTime, tz: 'UTC' },
    intervalMs: 25 * hourMs, // a day on which the clocks of a zone are put back
  },
  'staging-processor': {
    jobName: 'process-staging',
    childJobName: 'process-mailbox-staging',
    concurrency: 10,
    schedulerId: 'staging-processor-schedule',
    repeat: { every: 30 * minuteMs },
    intervalMs: 30 * minuteMs,
  },
  'token-refresh': {
    jobName: 'refresh-tokens',
    childJobName: 'refresh-mailbox-tokens',
    concurrency: 10,
    schedulerId: 'token-refresh-schedule',
    repeat: { every: 45 * minuteMs },
    intervalMs: 45 * minuteMs,
  },
};

/** Returns the schedule with the hour of pattern analysis in a time zone, an IANA name. */
export function scheduleIn(timeZone: string): Schedule {
  const analysis = schedule['pattern-analysis'];
  return { ...schedule, 'pattern-analysis': { ...analysis, repeat: { ...analysisTime, tz: timeZone } } };
}

/** The list of all queues and their jobs. */
export const registry: Readonly<Record<QueueName, QueueDefinition>> = {
  ...schedule,
  'webhook-events': { jobName: 'drain-notifications', concurrency: 20, isQuiet: true },
};

/** Creates one value for each scheduled queue. */
function forEachScheduledQueue<T>(make: (name: ScheduledQueueName) => T): Record<ScheduledQueueName, T> {
  return {
    'webhook-renewal': make('webhook-renewal'),
    'delta-sync': make('delta-sync'),
    'pattern-analysis': make('pattern-analysis'),
    'staging-processor': make('staging-processor'),
    'token-refresh': make('token-refresh'),
  };
}

/** Creates one value for each queue. */
export function forEachQueue<T>(make: (name: QueueName) => T): Record<QueueName, T> {
  return { ...forEachScheduledQueue(make), 'webhook-events': make('webhook-events') };
}
