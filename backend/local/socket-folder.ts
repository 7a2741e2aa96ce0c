import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './mark-file.ts';

/** A socket's path has at most 107 bytes (unix(7)); the socket's own name takes up to 16. */
const longestFolder = 90;

export interface SocketFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Makes the folder for a socket: the wanted one if its path is fit for it, else a short one among temporary files, which
 * a note beside the wanted one names, so that the next call removes what a killed run left.
 */
export function makeSocketFolder(wanted: string): SocketFolder {
  const noteFile = `${wanted}-elsewhere.json`;
  const left = readJsonFile(noteFile, z.string());
  if (left !== undefined) rmSync(left, { recursive: true, force: true });
  const path = isFit(wanted) ? wanted : makeShortFolder();
  if (path !== wanted) writeJsonFile(noteFile, path);
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

function makeShortFolder(): string {
  const short = isFit(join(tmpdir(), 'msedb-XXXXXX')) ? tmpdir() : '/tmp';
  return mkdtempSync(join(short, 'msedb-'));
}

/** Short enough, and free of what PostgreSQL's settings and connection strings take for separators. */
export function isFit(path: string): boolean {
  return Buffer.byteLength(path) <= longestFolder && /^[\w./+-]+$/.test(path);
}
