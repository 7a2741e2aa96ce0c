import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFit, makeSocketFolder } from './socket-folder.ts';

describe('the folder of a socket', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'msedb-socket-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is the wanted one when its path is short and plain', async () => {
    const sockets = makeSocketFolder(join(folder, 'socket'));

    expect(sockets.path).toBe(join(folder, 'socket'));
    expect(statSync(sockets.path).isDirectory()).toBe(true);
    await sockets.remove();
    expect(() => statSync(sockets.path)).toThrow('ENOENT');
  });

  it('is a short one elsewhere when the path is too long', async () => {
    const sockets = makeSocketFolder(join(folder, 'x'.repeat(100)));

    expect(isFit(sockets.path)).toBe(true);
    expect(sockets.path.startsWith(folder)).toBe(false);
    await sockets.remove();
    expect(() => statSync(sockets.path)).toThrow('ENOENT');
  });

  it('is removed by the next call when a killed run left it', () => {
    const left = makeSocketFolder(join(folder, 'a b'));

    const next = makeSocketFolder(join(folder, 'a b'));

    expect(() => statSync(left.path)).toThrow('ENOENT');
    expect(statSync(next.path).isDirectory()).toBe(true);
    rmSync(next.path, { recursive: true });
  });

  it('is never one whose path PostgreSQL would take apart', () => {
    expect(isFit('/home/a b/socket')).toBe(false);
    expect(isFit('/home/a,b/socket')).toBe(false);
    expect(isFit('/home/ab/socket')).toBe(true);
  });
});
