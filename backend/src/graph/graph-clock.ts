import type { Clock } from '../lib/clock.ts';
import { graphClockOffset } from '../lib/metrics.ts';
import { minuteMs, secondMs } from '../lib/durations.ts';

/** When a request was sent and answered, in milliseconds since the epoch by our clock. */
interface Exchange {
  readonly sentAt: number;
  readonly answeredAt: number;
}

/**
 * Graph's time. Our clock may be wrong, by minutes or by years: times that Graph wrote are compared with Graph's time
 * only, and ours with ours.
 */
export interface GraphClock {
  /** Our clock. */
  readonly ours: Clock;
  /** Converts our time to Graph's, in milliseconds since the epoch; unchanged before the first answer of Graph. */
  readonly toGraphTime: (ours: number) => number;
  /** By how much Graph's clock is ahead of ours in milliseconds; undefined before the first answer. */
  readonly offsetMs: () => number | undefined;
  /** Learns from the `Date` header of an answer. */
  readonly observe: (date: string | null, exchange: Exchange) => void;
}

/** The `Date` header has whole seconds: on average it is half a second behind. */
const halfSecondMs = 500;
/** A median of so many follows a change of our clock after three answers, and no single odd answer. */
const samplesKept = 5;
/** Slower answers say too little. */
const slowestMs = 5 * secondMs;
/** Estimates that differ by less are the same: the header is exact to a second. */
const toleranceMs = 2 * secondMs;
const worthAWarningMs = 5 * minuteMs;

/**
 * Creates the estimate of Graph's clock that all clients of one Graph share.
 * @param options.onWrong called once when our clock turns out to be wrong by more than five minutes; not before it was
 * right again a second time
 */
export function createGraphClock(
  options: { readonly ours?: Clock; readonly onWrong?: (offsetMs: number) => void } = {},
): GraphClock {
  const { ours = Date.now, onWrong } = options;
  const samples: number[] = [];
  let offsetMs: number | undefined;
  let isWrong = false;
  const adopt = (estimate: number): void => {
    if (offsetMs !== undefined && Math.abs(estimate - offsetMs) < toleranceMs) return;
    offsetMs = Math.abs(estimate) < toleranceMs ? 0 : estimate;
    graphClockOffset.set(offsetMs / secondMs);
    const wasWrong = isWrong;
    isWrong = Math.abs(offsetMs) > worthAWarningMs;
    if (isWrong && !wasWrong) onWrong?.(offsetMs);
  };
  return {
    ours,
    toGraphTime: (time) => time + (offsetMs ?? 0),
    offsetMs: () => offsetMs,
    observe: (date, { sentAt, answeredAt }) => {
      const theirs = Date.parse(date ?? '');
      const tookMs = answeredAt - sentAt;
      if (Number.isNaN(theirs) || tookMs < 0 || tookMs > slowestMs) return;
      samples.push(theirs + halfSecondMs - (sentAt + tookMs / 2));
      if (samples.length > samplesKept) samples.shift();
      adopt(medianOf(samples));
    },
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}
