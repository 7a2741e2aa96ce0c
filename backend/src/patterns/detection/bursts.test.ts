import { describe, expect, it } from 'vitest';
import { findBursts, type MessageAct } from './bursts.ts';

const act = (seconds: number, fields: Partial<MessageAct> = {}): MessageAct => ({
  eventType: 'deleted',
  timestamp: new Date(seconds * 1_000),
  fromFolder: 'inbox',
  toFolder: 'bin',
  ...fields,
});
const limits = { size: 3, withinMs: 60_000 };

/** For each act, the number of the burst that it belongs to, in order of appearance. */
function numbered(acts: readonly MessageAct[], given = limits): (number | undefined)[] {
  const burstOf = findBursts(acts.toReversed(), given);
  const ids = acts.map(burstOf);
  const known = [...new Set(ids)].filter((id) => id !== undefined);
  return ids.map((id) => (id === undefined ? undefined : known.indexOf(id)));
}

function reads(seconds: readonly number[]): MessageAct[] {
  return seconds.map((at) => act(at, { eventType: 'read', toFolder: '', fromFolder: '' }));
}

function found(acts: readonly MessageAct[]): boolean[] {
  return acts.map(findBursts(acts)).map((id) => id !== undefined);
}

describe('a burst', () => {
  it.each(['deleted', 'moved', 'read', 'categorized'] as const)('is the same act on many messages: %s', (eventType) => {
    const acts = [0, 30, 60, 200].map((seconds) => act(seconds, { eventType }));

    expect(numbered(acts)).toEqual([0, 0, 0, undefined]);
  });

  it('is not two messages, nor three that took longer', () => {
    expect(numbered([0, 1, 62, 123].map((seconds) => act(seconds)))).toEqual(Array(4).fill(undefined));
  });

  it('goes on as long as messages follow closely, and another begins later', () => {
    const acts = [0, 25, 50, 75, 100, 500, 501, 502].map((seconds) => act(seconds));

    expect(numbered(acts)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
  });

  it.each<[string, Partial<MessageAct>]>([
    ['another act', { eventType: 'moved' }],
    ['another folder', { fromFolder: 'work' }],
    ['another target', { toFolder: 'archive' }],
  ])('does not hold %s', (_what, fields) => {
    expect(numbered([act(0), act(1), act(2, fields)])).toEqual([undefined, undefined, undefined]);
  });

  it('of reading is found within ten seconds: nobody reads that fast', () => {
    expect(found(reads([0, 5, 10]))).toEqual([true, true, true]);
    expect(found(reads([0, 5, 11]))).toEqual([false, false, false]);
  });
});
