import type { Finding } from '../report.ts';
import { ms } from '../report.ts';
import { quantile } from '../statistics.ts';
import type { FloodFault, FloodComparison } from './compare-mailboxes.ts';
import type { FloodResult } from './run-flood.ts';
import { countFaults, type Fault, type FaultKind, faultKinds } from './compare.ts';

/** Graph's limit of requests for one app and mailbox in 10 minutes. */
const windowQuota = 10_000;
const leastPerSecond = 1_000;
/** Longest time to answer a notification (p99), at 500 notifications a second. */
const mostAnswerMs = 200;
/** A smaller backlog is too short to measure a rate. */
const smallestBacklog = 10_000;
/** Longest time until the job of a killed worker runs again, in seconds: its lock plus the check for stalled jobs. */
const stalledJobSeconds = 90;
const maxExamples = 10;
const none = '-';

/** Returns the results as table rows. @param bareRate messages per second that the driver alone writes */
export function findingsOf(result: FloodResult, bareRate: number): Finding[] {
  return [
    ...faultKinds.map((kind) => faultFinding(kind, result.comparison)),
    stormFinding(result),
    ...killFindings(result),
    backlogFinding(result, bareRate),
    latencyFinding(result, 0.5),
    latencyFinding(result, 0.99),
    perChange('requests per change, storms', result.storms),
    perChange('requests per change, backlog', result.backlog),
    windowFinding(result),
    ...intakeFindings(result),
    { what: 'peak memory', measured: `${result.peakMib.toFixed(0)} MiB`, yardstick: none, comparison: none },
  ];
}

function faultFinding(kind: FaultKind, { faults, events, ownActions }: FloodComparison): Finding {
  const count = countFaults(faults, kind);
  const of = kind === 'misattributed' ? `${ownActions} actions of the app` : `${events} events`;
  return {
    what: `events ${kind}`,
    measured: String(count),
    yardstick: of,
    comparison: none,
    limit: { text: '0', isKept: count === 0 },
  };
}

function stormFinding({ storms }: FloodResult): Finding {
  const seconds = storms.makingSeconds + storms.catchingUpSeconds;
  return {
    what: 'changes recorded, storms',
    measured: `${(storms.changes / seconds).toFixed(0)}/s`,
    yardstick: `${(storms.changes / storms.makingSeconds).toFixed(0)}/s (made)`,
    comparison: `× ${(storms.makingSeconds / seconds).toFixed(2)}`,
  };
}

function killFindings({ killed }: FloodResult): Finding[] {
  if (killed === undefined) return [];
  return [
    {
      what: 'recovery after kill -9',
      measured: `${killed.catchingUpSeconds.toFixed(0)} s`,
      yardstick: `${stalledJobSeconds} s (a job whose worker was killed)`,
      comparison: none,
    },
  ];
}

function backlogFinding({ backlog }: FloodResult, bareRate: number): Finding {
  const rate = backlog.changes / backlog.catchingUpSeconds;
  const finding = {
    what: 'changes recorded, backlog',
    measured: `${rate.toFixed(0)}/s`,
    yardstick: `${bareRate.toFixed(0)}/s (bare driver)`,
    comparison: `× ${(rate / bareRate).toFixed(2)}`,
  };
  if (backlog.changes < smallestBacklog) return finding;
  return { ...finding, limit: { text: `${leastPerSecond}/s`, isKept: rate >= leastPerSecond } };
}

function latencyFinding({ latenciesMs }: FloodResult, share: number): Finding {
  return {
    what: `change to event, p${share * 100}`,
    measured: latenciesMs.length === 0 ? 'no event' : ms(quantile(latenciesMs, share)),
    yardstick: none,
    comparison: none,
  };
}

function perChange(what: string, { requests, changes }: FloodResult['storms']): Finding {
  return { what, measured: (requests / changes).toFixed(2), yardstick: none, comparison: none };
}

function windowFinding({ worstWindow }: FloodResult): Finding {
  return {
    what: 'requests in 10 min, busiest mailbox',
    measured: String(worstWindow),
    yardstick: `${windowQuota} (Graph)`,
    comparison: `× ${(worstWindow / windowQuota).toFixed(2)}`,
    limit: { text: `× 1`, isKept: worstWindow <= windowQuota },
  };
}

function intakeFindings({ intake }: FloodResult): Finding[] {
  if (intake === undefined) return [];
  const { perSecond, p50Ms, p99Ms, refused } = intake;
  return [
    {
      what: 'notification response, p99',
      measured: ms(p99Ms),
      yardstick: `${ms(p50Ms)} (p50), ${perSecond.toFixed(0)}/s, ${refused} refused`,
      comparison: none,
      limit: { text: ms(mostAnswerMs), isKept: p99Ms <= mostAnswerMs && refused === 0 },
    },
  ];
}

/** Describes the injected faults and the unseen scenarios, with their counts. */
export function describeTroubles({ faults, unseen, refused, comparison }: FloodResult): string {
  const { seenInBetween } = comparison;
  return [
    `Injected faults: ${list(faults)}.`,
    `Short-lived changes: ${list(unseen)}; ${seenInBetween} messages were observed in between.`,
    `Requests refused by Graph's limits: ${refused}.`,
  ].join('\n');
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

/** Lists up to ten faults of each kind, one per line. */
export function describeFaults(faults: readonly FloodFault[]): string {
  return faultKinds
    .flatMap((kind) => faults.filter((fault) => fault.kind === kind).slice(0, maxExamples))
    .map((fault) => {
      const [expected, found] = [describeEntry(fault, fault.expected), describeEntry(fault, fault.found)];
      return `${fault.kind}: ${fault.eventType} of ${fault.messageId}: expected ${expected}, found ${found}`;
    })
    .join('\n');
}

function describeEntry({ person }: FloodFault, entry: Fault['expected']): string {
  if (entry === undefined) return 'nothing';
  const nameOf = (id: string | undefined): string =>
    id === undefined ? none : (person.mailbox.folders.find(id)?.displayName ?? id);
  const { occurrences, fromFolder, toFolder, actionId, foundInPlace = false } = entry;
  const by = actionId === undefined ? 'by its owner' : `by action ${actionId}`;
  return `× ${occurrences} (${nameOf(fromFolder)} → ${nameOf(toFolder)}, ${by}${foundInPlace ? ', in place' : ''})`;
}
