import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isAlive, markOf, stopProcess, waitUntil } from './process.ts';

describe('a marked process', () => {
  it('is alive until it ends', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const mark = markOf(child.pid ?? 0);
    if (mark === undefined) throw new Error('the process has no mark');
    const exited = once(child, 'exit');

    expect(isAlive(mark)).toBe(true);
    await stopProcess(mark, 'SIGTERM', 5_000);
    await exited;

    expect(isAlive(mark)).toBe(false);
    expect(child.signalCode).toBe('SIGTERM');
  });

  it('is killed when it does not end in time', async () => {
    const child = spawn(process.execPath, [
      '-e',
      "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)",
    ]);
    await once(child.stdout, 'data');
    const mark = markOf(child.pid ?? 0);
    if (mark === undefined) throw new Error('the process has no mark');
    const exited = once(child, 'exit');

    await stopProcess(mark, 'SIGTERM', 100);
    await exited;

    expect(child.signalCode).toBe('SIGKILL');
  });

  it('is not mistaken for a later one with the same id', () => {
    const mark = markOf(process.pid);

    expect(mark).toBeDefined();
    expect(isAlive({ pid: process.pid, started: 'another time' })).toBe(false);
  });
});

describe('waiting', () => {
  it('ends when the condition holds, when time is over, or when it is aborted', async () => {
    let asked = 0;

    expect(await waitUntil(() => (asked += 1) === 3, { timeoutMs: 5_000, everyMs: 1 })).toBe(true);
    expect(await waitUntil(() => false, { timeoutMs: 5, everyMs: 1 })).toBe(false);
    expect(await waitUntil(() => false, { timeoutMs: 60_000, everyMs: 1, signal: AbortSignal.timeout(5) })).toBe(false);
  });
});
