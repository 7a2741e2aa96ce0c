import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { withLock } from './lock.ts';
import { readJsonFile, writeJsonFile } from './mark-file.ts';
import { isAlive, type ProcessMark, processMark, stopProcess, waitUntil } from './process.ts';

/** Who uses a data folder: the process that runs its stores, and the one it runs them for. */
const claim = z.object({ host: processMark, owner: processMark });

/** Longer than a host takes to stop its stores after its owner's death. */
const leavingLimitMs = 45_000;

/** The data folder is in use by a living process. */
class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/**
 * Takes a data folder (made if missing) for `host`, on behalf of `owner`. A host whose owner is dead is stopping: it is
 * waited for. Returns the function that gives the folder back. Throws FolderInUseError naming the living owner.
 */
export async function claimFolder(dataDir: string, host: ProcessMark, owner: ProcessMark): Promise<() => void> {
  mkdirSync(dataDir, { recursive: true });
  const file = claimFile(dataDir);
  await withLock(dataDir, { onWait: () => undefined }, async () => {
    const previous = readJsonFile(file, claim);
    if (previous !== undefined && isAlive(previous.host)) {
      if (isAlive(previous.owner)) throw new FolderInUseError(inUse(dataDir, previous.owner.pid));
      const isGone = await waitUntil(() => !isAlive(previous.host), { timeoutMs: leavingLimitMs });
      if (!isGone) await stopProcess(previous.host, 'SIGKILL', 0);
    }
    writeJsonFile(file, { host, owner });
  });
  return () => rmSync(file, { force: true });
}

/** The process that runs, or ran, the stores of a data folder. */
export function hostOf(dataDir: string): ProcessMark | undefined {
  return readJsonFile(claimFile(dataDir), claim)?.host;
}

function claimFile(dataDir: string): string {
  return join(dataDir, 'owner.json');
}

function inUse(dataDir: string, pid: number): string {
  return [
    `The data folder ${dataDir} is in use by process ${pid}.`,
    `  Only one may use it at a time: end that one first (Ctrl-C where it runs, or: kill ${pid}).`,
  ].join('\n');
}
