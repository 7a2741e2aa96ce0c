import { EventEmitter, once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { permanent, unlessAborted, withBackoff } from './retry.ts';

const quick = { tries: 4, minDelayMs: 1, maxDelayMs: 3, signal: new AbortController().signal };

describe('withBackoff', () => {
  it('returns what the first successful attempt returns, after telling of each failure', async () => {
    const onFailure = vi.fn();
    let calls = 0;

    const result = await withBackoff(
      async () => {
        calls += 1;
        if (calls < 4) throw new Error(`fault ${calls}`);
        return 'there';
      },
      { ...quick, onFailure },
    );

    expect(result).toBe('there');
    expect(onFailure.mock.calls.map(([failure]) => failure)).toMatchObject([
      { attempt: 1, tries: 4, delayMs: 1, error: { message: 'fault 1' } },
      { attempt: 2, delayMs: 2 },
      { attempt: 3, delayMs: 3 },
    ]);
  });

  it('throws the last error when the tries are used up, and announces no further wait', async () => {
    const onFailure = vi.fn();

    const outcome = withBackoff(() => Promise.reject(new Error('away')), { ...quick, onFailure });

    await expect(outcome).rejects.toThrow('away');
    expect(onFailure).toHaveBeenCalledTimes(4);
    expect(onFailure.mock.lastCall?.[0]).not.toHaveProperty('delayMs');
  });

  it('does not repeat what no try will heal', async () => {
    const attempt = vi.fn(() => Promise.reject(permanent(new Error('wrong password'))));

    await expect(withBackoff(attempt, { ...quick, onFailure: vi.fn() })).rejects.toThrow('wrong password');
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('ends at once when the signal is aborted while it waits', async () => {
    const controller = new AbortController();
    const onFailure = vi.fn(() => queueMicrotask(() => controller.abort(new Error('told to stop'))));

    const outcome = withBackoff(() => Promise.reject(new Error('away')), {
      tries: 10,
      minDelayMs: 3_600_000,
      maxDelayMs: 3_600_000,
      signal: controller.signal,
      onFailure,
    });

    await expect(outcome).rejects.toThrow('told to stop');
    expect(onFailure).toHaveBeenCalledTimes(1);
  });
});

describe('unlessAborted', () => {
  it('leaves a promise that never settles when the signal is aborted', async () => {
    const controller = new AbortController();

    const outcome = unlessAborted(new Promise<never>(() => undefined), controller.signal);
    controller.abort(new Error('told to stop'));

    await expect(outcome).rejects.toThrow('told to stop');
  });

  it('catches what fails after it was left, also when the signal was aborted before', async () => {
    const uncaught = vi.fn();
    process.on('unhandledRejection', uncaught);
    const work = new EventEmitter();

    const outcome = unlessAborted(once(work, 'end'), AbortSignal.abort(new Error('told to stop')));
    await expect(outcome).rejects.toThrow('told to stop');
    work.emit('error', new Error('too late'));
    await nextTurn(); // rejections are told of when nothing else is left to do in this turn
    process.off('unhandledRejection', uncaught);

    expect(uncaught).not.toHaveBeenCalled();
  });
});
