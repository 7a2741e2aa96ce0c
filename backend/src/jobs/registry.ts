export const scheduledQueueNames = [
  'webhook-renewal',
  'delta-sync',
  'pattern-analysis',
  'staging-processor',
  'token-refresh',
] as const;
export type ScheduledQueueName = (typeof scheduledQueueNames)[number];

/** The scheduled ones, and one that only notifications fill. */
export const queueNames = [...scheduledQueueNames, 'webhook-events'] as const;
export type QueueName = (typeof queueNames)[number];

export interface QueueDefinition {
  /** On a scheduled queue it finds what is due; the work is done by `childJobName`, one job for each mailbox. */
  readonly jobName: string;
  readonly childJobName?: string;
  /** How many jobs of the queue one process does at a time; 1 when it is left out. */
  readonly concurrency?: number;
  /** Its jobs are many and small: only their failures are worth a line in the log. */
  readonly isQuiet?: boolean;
}

export interface ScheduledQueueDefinition extends QueueDefinition {
  readonly schedulerId: string;
  /** Cron patterns name their zone: without one BullMQ takes the process's. */
  readonly repeat: { readonly every: number } | { readonly pattern: string; readonly tz: string };
  /** The longest time from one run to the next; a next run further away than that is a fault. */
  readonly intervalMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const analysisTime = { pattern: '0 2 * * *' } as const;

export type Schedule = Readonly<Record<ScheduledQueueName, ScheduledQueueDefinition>>;

/** The background work that comes round: queue → the job that is made on it, and when. */
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

/** The same with the hour of pattern analysis in a time zone, an IANA name. */
export function scheduleIn(timeZone: string): Schedule {
  const analysis = schedule['pattern-analysis'];
  return { ...schedule, 'pattern-analysis': { ...analysis, repeat: { ...analysisTime, tz: timeZone } } };
}

/** The one list of background work. */
export const registry: Readonly<Record<QueueName, QueueDefinition>> = {
  ...schedule,
  'webhook-events': { jobName: 'drain-notifications', concurrency: 20, isQuiet: true },
};

/** Makes one thing for each scheduled queue. */
function forEachScheduledQueue<T>(make: (name: ScheduledQueueName) => T): Record<ScheduledQueueName, T> {
  return {
    'webhook-renewal': make('webhook-renewal'),
    'delta-sync': make('delta-sync'),
    'pattern-analysis': make('pattern-analysis'),
    'staging-processor': make('staging-processor'),
    'token-refresh': make('token-refresh'),
  };
}

/** Makes one thing for each queue. */
export function forEachQueue<T>(make: (name: QueueName) => T): Record<QueueName, T> {
  return { ...forEachScheduledQueue(make), 'webhook-events': make('webhook-events') };
}
