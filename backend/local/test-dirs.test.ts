import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeJsonFile } from './mark-file.ts';
import { isAlive, markOf } from './process.ts';
import { makeTestDir, removeStaleTestDirs } from './test-dirs.ts';

/** Above the highest process id that Linux gives (proc_sys_kernel: pid_max is at most 2^22). */
const unusedPid = 2 ** 22 + 1;

describe('data folders of test runs', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'msedb-tests-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('are removed when their process is gone, and kept while it lives', async () => {
    const { dataDir: living, remove } = await makeTestDir(root);
    const stale = join(root, `${unusedPid}-abc`);
    mkdirSync(join(stale, 'redis'), { recursive: true });
    writeFileSync(join(stale, 'redis', 'redis.log'), 'x');

    await removeStaleTestDirs(root);

    expect(existsSync(living)).toBe(true);
    expect(existsSync(stale)).toBe(false);
    await remove();
    expect(existsSync(living)).toBe(false);
  });

  it('take the stores with them that a killed run left running', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const exited = once(child, 'exit');
    const mark = markOf(child.pid ?? 0);
    if (mark === undefined) throw new Error('the process has no mark');
    const stale = join(root, `${unusedPid}-abc`);
    mkdirSync(stale);
    writeJsonFile(join(stale, 'redis-process.json'), mark);

    await removeStaleTestDirs(root);
    await exited;

    expect(isAlive(mark)).toBe(false);
    expect(existsSync(stale)).toBe(false);
  });

  it('are left alone when they are none of ours, or do not exist', async () => {
    const foreign = join(root, 'notes');
    mkdirSync(foreign);

    await removeStaleTestDirs(root);
    await removeStaleTestDirs(join(root, 'missing'));

    expect(existsSync(foreign)).toBe(true);
  });
});
