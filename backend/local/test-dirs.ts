import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hostOf } from './claim.ts';
import { markFileEnding, stopLeftover } from './mark-file.ts';
import { localRoot } from './paths.ts';
import { isAlive, markOf } from './process.ts';

const stopGraceMs = 3_000;

/** Where test runs keep their stores; each has a folder named for its process. */
const testRoot = join(localRoot, 'test');

export interface TestDir {
  readonly dataDir: string;
  readonly remove: () => Promise<void>;
}

/** Makes a data folder for a test run of this process; its stores must be stopped before it is removed. */
export async function makeTestDir(root = testRoot): Promise<TestDir> {
  await mkdir(root, { recursive: true });
  const dataDir = await mkdtemp(join(root, `${process.pid}-`));
  return { dataDir, remove: () => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }) };
}

/**
 * Removes the data folders of test runs that are no more, and ends the stores that a killed one left running in them.
 * Folders of living processes, and of those whose stores are just being stopped, are left alone.
 */
export async function removeStaleTestDirs(root = testRoot): Promise<void> {
  if (!existsSync(root)) return;
  for (const name of readdirSync(root)) {
    const folder = join(root, name);
    if (!isStale(folder)) continue;
    for (const markFile of markFilesIn(folder)) {
      await stopLeftover({ markFile, signal: 'SIGINT', graceMs: stopGraceMs });
    }
    // another run may be clearing the same folder
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function isStale(folder: string): boolean {
  const pid = Number(/^(\d+)-/.exec(basename(folder))?.[1]);
  if (!Number.isInteger(pid) || markOf(pid) !== undefined) return false;
  const host = hostOf(folder);
  return host === undefined || !isAlive(host);
}

function markFilesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith(markFileEnding)).map((file) => join(folder, file));
}
