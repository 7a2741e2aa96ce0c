export const queueNames = [
  'webhook-renewal',
  'delta-sync',
  'pattern-analysis',
  'staging-processor',
  'token-refresh',
] as const;
export type QueueName = (typeof queueNames)[number];

export interface QueueDefinition {
  /** The scheduled job. It finds what is due; the work is done by `childJobName`, one job for each mailbox. */
  readonly jobName: string;
  readonly childJobName?: string;
  /** How many jobs of the queue one process does at a time; 1 when it is left out. */
  readonly concurrency?: number;
  readonly schedulerId: string;
  /** Cron patterns name their zone: without one BullMQ takes the process's. */
  readonly repeat: { readonly every: number } | { readonly pattern: string; readonly tz: string };
  /** The longest time from one run to the next; a next run further away than that is a fault. */
  readonly intervalMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** The one list of background work: queue → the job that is made on it, and when. */
export const registry: Readonly<Record<QueueName, QueueDefinition>> = {
  'webhook-renewal': {
    jobName: 'renew-webhooks',
    schedulerId: 'webhook-renewal-schedule',
    repeat: { pattern: '0 */2 * * *', tz: 'UTC' },
    intervalMs: 2 * hourMs,
  },
  'delta-sync': {
    jobName: 'run-delta-sync',
    schedulerId: 'delta-sync-schedule',
    repeat: { every: 15 * minuteMs },
    intervalMs: 15 * minuteMs,
  },
  'pattern-analysis': {
    jobName: 'analyze-patterns',
    schedulerId: 'pattern-analysis-schedule',
    repeat: { pattern: '0 2 * * *', tz: 'UTC' },
    intervalMs: 24 * hourMs,
  },
  'staging-processor': {
    jobName: 'process-staging',
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

/** Makes one thing for each queue. */
export function forEachQueue<T>(make: (name: QueueName) => T): Record<QueueName, T> {
  return {
    'webhook-renewal': make('webhook-renewal'),
    'delta-sync': make('delta-sync'),
    'pattern-analysis': make('pattern-analysis'),
    'staging-processor': make('staging-processor'),
    'token-refresh': make('token-refresh'),
  };
}
