import { describe, expect, it } from 'vitest';
import { setImmediate as turn } from 'node:timers/promises';
import { Lanes, runWithRetries } from './lanes.ts';

/** A task that notes when it starts and ends. */
function noting(events: string[], name: string): () => Promise<string> {
  return async () => {
    events.push(`${name} starts`);
    await turn();
    events.push(`${name} ends`);
    return name;
  };
}

describe('Lanes', () => {
  it('run the tasks of one lane one after the other', async () => {
    const lanes = new Lanes();
    const events: string[] = [];

    const results = await Promise.all([
      lanes.run('x', noting(events, 'a')),
      lanes.run('x', noting(events, 'b')),
      lanes.run('y', noting(events, 'c')),
    ]);

    expect(results).toEqual(['a', 'b', 'c']);
    expect(events.indexOf('b starts')).toBeGreaterThan(events.indexOf('a ends'));
    expect(events.indexOf('c starts')).toBeLessThan(events.indexOf('a ends'));
  });

  it('go on after a task that failed', async () => {
    const lanes = new Lanes();

    const failing = lanes.run('x', () => Promise.reject(new Error('no')));
    const next = lanes.run('x', () => Promise.resolve('done'));

    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('done');
  });
});

describe('runWithRetries', () => {
  const options = { lanes: new Lanes(), firstLane: undefined, retryLane: 'x' };

  it('runs again until it succeeds', async () => {
    let runs = 0;
    const task = () => {
      runs += 1;
      return runs < 3 ? Promise.reject(new Error('deadlock')) : Promise.resolve(runs);
    };

    await expect(runWithRetries({ ...options, mayRetry: () => true }, task)).resolves.toBe(3);
  });

  it('gives up when it may not run again', async () => {
    const attempts: number[] = [];
    const mayRetry = (_error: unknown, attempt: number) => {
      attempts.push(attempt);
      return attempt < 2;
    };

    const outcome = runWithRetries({ ...options, mayRetry }, () => Promise.reject(new Error('deadlock')));

    await expect(outcome).rejects.toThrow('deadlock');
    expect(attempts).toEqual([0, 1, 2]);
  });
});
