import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Coalescer } from './coalescer.ts';

let emitted: string[] = [];
const make = () =>
  new Coalescer<string>({
    intervalMs: 1_000,
    merge: (one, other) => `${one}${other}`,
    emit: (key, value) => emitted.push(`${key}:${value}`),
  });

beforeEach(() => {
  vi.useFakeTimers();
  emitted = [];
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a coalescer', () => {
  it('emits the first at once, and what follows within the interval as one', () => {
    const coalescer = make();
    for (const value of ['1', '2', '3']) coalescer.add('a', value);
    coalescer.add('b', '1');
    expect(emitted).toEqual(['a:1', 'b:1']);

    vi.advanceTimersByTime(999);
    expect(emitted).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(emitted).toEqual(['a:1', 'b:1', 'a:23']);
  });

  it('emits at most one in each interval, and the first after a pause at once', () => {
    const coalescer = make();
    for (let n = 0; n < 50; n += 1) {
      coalescer.add('a', '.');
      vi.advanceTimersByTime(100);
    }
    expect(emitted).toHaveLength(6);

    vi.advanceTimersByTime(5_000);
    emitted = [];
    coalescer.add('a', 'new');
    expect(emitted).toEqual(['a:new']);
  });

  it('emits nothing once it is stopped', () => {
    const coalescer = make();
    coalescer.add('a', '1');
    coalescer.add('a', '2');
    coalescer.stop();
    vi.advanceTimersByTime(10_000);

    expect(emitted).toEqual(['a:1']);
  });
});
