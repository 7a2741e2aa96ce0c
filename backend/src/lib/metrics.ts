import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * What operators watch, as Prometheus reads it at /metrics; counted from the start of the process. A label takes one of
 * few values that are known beforehand: never an id, an address or a subject.
 */
const metrics = new Registry();
const registers = [metrics];

export const graphRequests = new Counter({
  name: 'msedb_graph_requests_total',
  help: 'Attempts of requests to Microsoft Graph. status: 2xx, 3xx, 4xx, 5xx, 429 by itself, or none without an answer',
  labelNames: ['method', 'route', 'status'] as const,
  registers,
});

export const graphBatchParts = new Counter({
  name: 'msedb_graph_batch_parts_total',
  help: 'Parts of the requests to /$batch, by the same labels as requests',
  labelNames: ['method', 'route', 'status'] as const,
  registers,
});

export const throttlingWaits = new Histogram({
  name: 'msedb_graph_throttling_wait_seconds',
  help: 'Time by which throttling by Graph extended the pause of a mailbox',
  buckets: [1, 5, 15, 30, 60, 120, 300, 600],
  registers,
});

export const events = new Counter({
  name: 'msedb_events_total',
  help: 'Events written to the event log',
  labelNames: ['type'] as const,
  registers,
});

export const eventLag = new Histogram({
  name: 'msedb_event_lag_seconds',
  help: 'From a change in a mailbox, dated by Graph to the second, until its event is in the log',
  buckets: [1, 2, 5, 10, 30, 60, 300, 900, 1_800, 3_600],
  registers,
});

export const jobDurations = new Histogram({
  name: 'msedb_job_duration_seconds',
  help: 'Duration of jobs. outcome: completed, retried (failed, and tried again) or failed',
  labelNames: ['queue', 'outcome'] as const,
  buckets: [0.01, 0.05, 0.25, 1, 5, 15, 30, 60, 120, 300],
  registers,
});

export const stalledJobs = new Counter({
  name: 'msedb_stalled_jobs_total',
  help: 'Jobs that run again because their worker died or hung',
  labelNames: ['queue'] as const,
  registers,
});

export const notifications = new Counter({
  name: 'msedb_notifications_total',
  help:
    'Change notifications of Graph. outcome: queued, refused (503, Graph sends it again), malformed, ' +
    'unknown_subscription, invalid_client_state. For one release, the last two are also counted under their former ' +
    'names strangers and impostors: leave those out of sums',
  labelNames: ['outcome'] as const,
  registers,
});

export const ruleExecutions = new Counter({
  name: 'msedb_rule_executions_total',
  help: 'Actions of rules on messages, by action and cause',
  labelNames: ['action', 'cause'] as const,
  registers,
});

export const rescues = new Counter({
  name: 'msedb_rescues_total',
  help: 'Rescued messages, by reason',
  labelNames: ['reason'] as const,
  registers,
});

export const contradictions = new Counter({
  name: 'msedb_contradictions_total',
  help: 'Actions of rules that the owner reversed. kind: rescue, undo or moved',
  labelNames: ['kind'] as const,
  registers,
});

export const undos = new Counter({
  name: 'msedb_undos_total',
  help: 'Undone actions. outcome: done, or failed',
  labelNames: ['outcome'] as const,
  registers,
});

export const stagedExecutions = new Counter({
  name: 'msedb_staged_executions_total',
  help: 'Staged messages that were due, by outcome',
  labelNames: ['outcome'] as const,
  registers,
});

export const stagedFound = new Counter({
  name: 'msedb_staged_found_total',
  help: 'Messages found in the staging folder without a row, and given one',
  registers,
});

export const graphClockOffset = new Gauge({
  name: 'msedb_graph_clock_offset_seconds',
  help: "By how much Graph's clock is ahead of that of this process; 0 within two seconds, and before the first answer",
  registers,
});

export const openStreams = new Gauge({
  name: 'msedb_open_streams',
  help: 'Open connections to /api/stream in this process',
  registers,
});

export const signIns = new Counter({
  name: 'msedb_sign_ins_total',
  help: 'Sign-ins and connections of mailboxes that came back from Microsoft. outcome: success, or the code of the refusal',
  labelNames: ['outcome'] as const,
  registers,
});

export const refusedRequests = new Counter({
  name: 'msedb_refused_requests_total',
  help: 'Requests that were refused to whoever sent them. code: csrf, wrong_browser, wrong_session, admins_only or read_only_board',
  labelNames: ['code'] as const,
  registers,
});

/** Alarms compute rates of these: they must exist before their first event. */
for (const outcome of ['done', 'failed']) undos.inc({ outcome }, 0);

let isProcessWatched = false;

/**
 * Returns all metrics, those of the process included, in Prometheus's text format. Process metrics start with the first
 * call, because measuring the lag of the event loop costs a timer every 10 ms.
 */
export async function readMetrics(): Promise<string> {
  if (!isProcessWatched) {
    isProcessWatched = true;
    collectDefaultMetrics({ register: metrics });
  }
  return metrics.metrics();
}
