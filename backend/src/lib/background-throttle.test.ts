import { describe, expect, it } from 'vitest';
import { BackgroundThrottle } from './background-throttle.ts';

/** Pieces of work that begin when they are let in, and end when they are told to. */
function scene() {
  const state = { isBusy: true };
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const backstage = new BackgroundThrottle(() => state.isBusy);
  const work = (name: string): Promise<string> =>
    backstage.run(async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      return name;
    });
  return { state, begun, work, end: (name: string) => ends.get(name)?.() };
}

describe('work backstage', () => {
  it('is done one at a time while the event loop is busy, in the order it came', async () => {
    const { begun, work, end } = scene();

    const all = ['a', 'b', 'c'].map((name) => work(name));
    expect(begun).toEqual(['a']);
    end('a');
    await expect.poll(() => begun).toEqual(['a', 'b']);
    end('b');
    await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
    end('c');

    expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
  });

  it('is done at once while it is not, and what waits is let in when that changes', async () => {
    const { state, begun, work, end } = scene();
    const waiting = ['a', 'b', 'c'].map((name) => work(name));

    state.isBusy = false;
    const other = work('d');
    expect(begun).toEqual(['a', 'd']);
    end('d');
    await expect.poll(() => begun).toEqual(['a', 'd', 'b', 'c']);
    for (const name of ['a', 'b', 'c']) end(name);

    expect(await Promise.all([...waiting, other])).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets the next one in when it fails', async () => {
    const backstage = new BackgroundThrottle(() => true);
    const failing = backstage.run(() => Promise.reject(new Error('the store is away')));

    const next = backstage.run(() => Promise.resolve('done'));

    await expect(failing).rejects.toThrow('the store is away');
    await expect(next).resolves.toBe('done');
  });
});
