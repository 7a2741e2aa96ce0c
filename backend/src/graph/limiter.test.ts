import { describe, expect, it } from 'vitest';
import { ThrottledError } from './errors.ts';
import { createMailboxLimiters } from './limiter.ts';

const patient = { signal: new AbortController().signal, waitUntilMs: Number.POSITIVE_INFINITY };

/** A clock that is moved by hand; waits end when it has come so far. */
function manualTime() {
  let nowMs = 0;
  const waits: { untilMs: number; end: () => void }[] = [];
  return {
    now: () => nowMs,
    wait: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waits.push({ untilMs: nowMs + ms, end: resolve });
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      }),
    moveTo: (ms: number) => {
      nowMs = ms;
      for (const { untilMs, end } of waits) if (untilMs <= ms) end();
    },
  };
}

/** Work that says when it began, and ends when told to. */
function jobs() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    work: (name: string) => () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    },
    end: (name: string) => ends.get(name)?.(),
  };
}

describe('the limiter of a mailbox', () => {
  it('lets three in at a time, first come first served, whoever asks', async () => {
    const limiters = createMailboxLimiters();
    const { begun, work, end } = jobs();

    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => limiters.of('one').run(work(name), patient));
    const other = limiters.of('two').run(work('other mailbox'), patient);

    await expect.poll(() => begun).toEqual(['a', 'b', 'c', 'other mailbox']);
    end('b');
    await expect.poll(() => begun).toEqual(['a', 'b', 'c', 'other mailbox', 'd']);
    for (const name of ['a', 'c', 'd', 'other mailbox']) end(name);
    await expect.poll(() => begun.at(-1)).toBe('e');
    end('e');
    await Promise.all([...all, other]);
  });

  it('lets work that takes every place wait for an empty mailbox, and nobody pass it', async () => {
    const limiter = createMailboxLimiters().of('one');
    const { begun, work, end } = jobs();

    const small = limiter.run(work('small'), patient);
    const batch = limiter.run(work('batch'), { ...patient, places: 4 });
    const late = limiter.run(work('late'), patient);

    await expect.poll(() => begun).toEqual(['small']);
    end('small');
    await expect.poll(() => begun).toEqual(['small', 'batch']);
    end('batch');
    await expect.poll(() => begun).toEqual(['small', 'batch', 'late']);
    end('late');
    await Promise.all([small, batch, late]);
  });

  it('lets nobody in during a pause, and a shorter pause does not end a longer one', async () => {
    const time = manualTime();
    const limiter = createMailboxLimiters(time).of('one');
    const { begun, work, end } = jobs();
    limiter.pauseFor(60_000);
    limiter.pauseFor(1_000);

    const waiting = limiter.run(work('waited'), patient);
    time.moveTo(59_999);
    await Promise.resolve();
    expect(begun).toEqual([]);
    time.moveTo(60_000);

    await expect.poll(() => begun).toEqual(['waited']);
    end('waited');
    await waiting;
  });

  it('refuses at once who would not wait for the end of the pause, also those in the line', async () => {
    const time = manualTime();
    const limiter = createMailboxLimiters(time).of('one');
    const { work, end } = jobs();
    const inside = ['a', 'b', 'c'].map((name) => limiter.run(work(name), patient));
    const inLine = limiter.run(work('d'), { ...patient, waitUntilMs: 10_000 });

    limiter.pauseFor(120_000);
    const afterwards = limiter.run(work('e'), { ...patient, waitUntilMs: 10_000 });

    await expect(inLine).rejects.toThrow(ThrottledError);
    await expect(afterwards).rejects.toMatchObject({ status: 429, retryAfterMs: 120_000 });
    for (const name of ['a', 'b', 'c']) end(name);
    await Promise.all(inside);
  });

  it('lets the others go on when one of the line is told to stop', async () => {
    const limiter = createMailboxLimiters().of('one');
    const { begun, work, end } = jobs();
    const controller = new AbortController();
    const full = limiter.run(work('full'), { ...patient, places: 3 });
    const stopped = limiter.run(work('stopped'), { ...patient, places: 3, signal: controller.signal });
    const next = limiter.run(work('next'), patient);

    await expect.poll(() => begun).toEqual(['full']);
    controller.abort(new Error('told to stop'));
    end('full');

    await expect(stopped).rejects.toThrow('told to stop');
    await expect.poll(() => begun).toEqual(['full', 'next']);
    end('next');
    await Promise.all([full, next]);
  });

  it('gives the place back when the work fails', async () => {
    const limiter = createMailboxLimiters().of('one');
    const fails = () => limiter.run(() => Promise.reject(new Error('fault')), patient);

    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(fails));

    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    await expect(limiter.run(async () => 'in', patient)).resolves.toBe('in');
  });
});

describe('the limiters', () => {
  it('keep nothing of a mailbox that is no longer used', async () => {
    const limiters = createMailboxLimiters();
    const seen = Array.from({ length: 1_000 }, (_, index) => limiters.of(`mailbox ${index}`));

    await Promise.all(seen.map((limiter) => limiter.run(async () => undefined, patient)));

    expect(limiters.size).toBe(0);
  });

  it('keep a pause that nobody waits for, and forget it some time after its end', async () => {
    const time = manualTime();
    const limiters = createMailboxLimiters(time);
    limiters.of('paused').pauseFor(90_000);

    time.moveTo(70_000);
    await limiters.of('other').run(async () => undefined, patient);
    await expect(
      limiters.of('paused').run(async () => undefined, { ...patient, waitUntilMs: 70_000 }),
    ).rejects.toMatchObject({ retryAfterMs: 20_000 });
    expect(limiters.size).toBe(1);

    time.moveTo(140_000);
    await limiters.of('other').run(async () => undefined, patient);
    expect(limiters.size).toBe(0);
  });
});
