import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withLock } from './lock.ts';

describe('a lock on a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'msedb-lock-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('lets one work at a time, and tells those who wait', async () => {
    let [working, most, waits] = [0, 0, 0];
    const work = async (): Promise<void> => {
      working += 1;
      most = Math.max(most, working);
      await expect.poll(() => waits).toBe(2); // the first holds it until the others have found it taken
      working -= 1;
    };

    const onWait = (): void => {
      waits += 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(folder, { onWait }, work)));

    expect(most).toBe(1);
    expect(waits).toBe(2);
  });

  it('is given back when the work fails', async () => {
    await expect(
      withLock(folder, { onWait: vi.fn<() => void>() }, () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');

    expect(await withLock(folder, { onWait: vi.fn<() => void>() }, () => Promise.resolve('yes'))).toBe('yes');
  });
});
