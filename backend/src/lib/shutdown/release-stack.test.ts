import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { ReleaseStack } from './release-stack.ts';

const never = new Promise<never>(() => undefined);
const logger = () => ({ warn: vi.fn(), error: vi.fn(), info: vi.fn(), debug: vi.fn() });

describe('ReleaseStack', () => {
  it('releases in reverse order and logs each', async () => {
    const stack = new ReleaseStack();
    const log = logger();
    const order: string[] = [];
    for (const name of ['Redis closed', 'queues closed', 'workers closed']) stack.defer(name, () => order.push(name));

    const left = await stack.releaseAll(new AbortController().signal, log);

    expect(left).toEqual([]);
    expect(order).toEqual(['workers closed', 'queues closed', 'Redis closed']);
    expect(log.info.mock.calls.map(([message]) => message)).toEqual(order);
  });

  it('goes on after a release that fails, and names it', async () => {
    const stack = new ReleaseStack();
    const last = vi.fn();
    stack.defer('Redis closed', last);
    stack.defer('queues closed', () => Promise.reject(new Error('away')));

    const left = await stack.releaseAll(new AbortController().signal, logger());

    expect(left).toEqual(['queues closed']);
    expect(last).toHaveBeenCalledTimes(1);
  });

  it('leaves no listener on the deadline that all releases share', async () => {
    const stack = new ReleaseStack();
    const deadline = new AbortController();
    const listeners: number[] = [];
    for (let release = 1; release <= 11; release += 1)
      stack.defer(`${release}`, () => listeners.push(getEventListeners(deadline.signal, 'abort').length));

    await stack.releaseAll(deadline.signal, logger());

    expect(listeners).toEqual(Array.from({ length: 11 }, () => 0));
  });

  it('leaves behind what has not finished when the deadline comes', async () => {
    const stack = new ReleaseStack();
    const deadline = new AbortController();
    const last = vi.fn();
    stack.defer('Redis closed', last);
    stack.defer('workers closed', () => {
      deadline.abort();
      return never;
    });

    const left = await stack.releaseAll(deadline.signal, logger());

    expect(left).toEqual(['workers closed']);
    expect(last).toHaveBeenCalledTimes(1);
  });
});
