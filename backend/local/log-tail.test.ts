import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastLines, logTail } from './log-tail.ts';

describe('the end of a log', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'msedb-log-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is its last lines, blank ones left out', () => {
    expect(lastLines('one\n\ntwo\r\nthree\n\n', 2)).toEqual(['two', 'three']);
    expect(lastLines('', 2)).toEqual([]);
  });

  it('is printed with the name of its file', () => {
    const file = join(folder, 'store.log');
    writeFileSync(file, 'one\ntwo\nthree\n');

    expect(logTail(file, 2)).toBe(`  last lines of ${file}:\n    two\n    three`);
  });

  it('is said to be missing when nothing was written', () => {
    expect(logTail(join(folder, 'none.log'))).toContain('nothing in');
  });
});
