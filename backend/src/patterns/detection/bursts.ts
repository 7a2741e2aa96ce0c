import { minuteMs, secondMs } from '../../lib/durations.ts';
import type { IEmailEvent } from '../../models/index.ts';

/** Something that was done to a message, in the fields of an EmailEvent row. */
export interface MessageAct {
  readonly eventType: IEmailEvent['eventType'];
  readonly timestamp: Date;
  readonly fromFolder?: string | undefined;
  readonly toFolder?: string | undefined;
}

export interface BurstLimits {
  /** Number of messages from which on the same act counts as one. */
  readonly size: number;
  /** Milliseconds within which so many of them were treated. */
  readonly withinMs: number;
}

/** Returns the id of the burst that an act belongs to; undefined for an act on one message. */
export type BurstOf = (act: MessageAct) => string | undefined;

/**
 * Five messages within two minutes. `npm run bench:bursts -- --owners 16 --seed 1` measures it on owners of the emulator
 * who work off their mail message by message (4,556 decisions, 390 bursts):
 *
 * | messages | within | decisions merged wrongly | bursts missed | votes too many |
 * | --- | --- | --- | --- | --- |
 * | 3 | 60 s | 7.0 % | 1.8 % | 7 |
 * | 5 | 60 s | 0.7 % | 9.0 % | 51 |
 * | 5 | 120 s | 1.1 % | 6.7 % | 34 |
 * | 5 | 300 s | 1.6 % | 5.9 % | 30 |
 * | 8 | 120 s | 0.7 % | 25.6 % | 212 |
 *
 * The bursts that five within two minutes misses have fewer than five messages. Decision 019 has the whole table.
 */
const burstLimits: BurstLimits = { size: 5, withinMs: 2 * minuteMs };

/** Nobody reads three messages within ten seconds: they were cleared. */
const sweepLimits: BurstLimits = { size: 3, withinMs: 10 * secondMs };

interface Interval {
  readonly firstMs: number;
  lastMs: number;
  lastIndex: number;
}

/**
 * Finds bursts: the same act on many messages of one folder within a short time. One decision of the owner, a retention
 * policy or another program looks like that.
 * @param acts all acts on the messages of one mailbox, in any order
 * @param limits of all acts; left out, those of reading differ from the others
 */
export function findBursts(acts: Iterable<MessageAct>, limits?: BurstLimits): BurstOf {
  const times = new Map<string, number[]>();
  for (const act of acts) {
    const key = keyOf(act);
    const known = times.get(key);
    if (known === undefined) times.set(key, [act.timestamp.getTime()]);
    else known.push(act.timestamp.getTime());
  }
  const bursts = new Map<string, readonly Interval[]>();
  for (const [key, ofKey] of times) {
    bursts.set(key, intervalsOf(ofKey, limits ?? (key === readKey ? sweepLimits : burstLimits)));
  }
  return (act) => {
    const [key, atMs] = [keyOf(act), act.timestamp.getTime()];
    const burst = bursts.get(key)?.find(({ firstMs, lastMs }) => firstMs <= atMs && atMs <= lastMs);
    return burst === undefined ? undefined : `${key} ${burst.firstMs}`;
  };
}

function keyOf({ eventType, fromFolder = '', toFolder = '' }: MessageAct): string {
  return `${eventType} ${fromFolder} ${toFolder}`;
}

const readKey = keyOf({ eventType: 'read', timestamp: new Date(0) });

/** Returns when bursts began and ended. Windows that share a message are one burst, however long it goes on. */
function intervalsOf(times: readonly number[], { size, withinMs }: BurstLimits): readonly Interval[] {
  const sorted = times.toSorted((one, two) => one - two);
  const intervals: Interval[] = [];
  for (const [lastIndex, lastMs] of sorted.entries()) {
    const firstMs = sorted[lastIndex - size + 1];
    if (firstMs === undefined || lastMs - firstMs > withinMs) continue;
    const open = intervals.at(-1);
    if (open === undefined || open.lastIndex < lastIndex - size + 1) intervals.push({ firstMs, lastMs, lastIndex });
    else Object.assign(open, { lastMs, lastIndex });
  }
  return intervals;
}
