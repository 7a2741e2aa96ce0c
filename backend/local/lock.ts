import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { lock } from 'proper-lockfile';

/** A holder that was killed stops refreshing its lock; after this it counts as gone. */
const staleMs = 5_000;
const retryMs = 200;

export interface LockOptions {
  /** Called once, when another holds the lock. */
  readonly onWait: () => void;
}

/** Runs `work` while no other process holds the lock on this folder (made if missing); waits for as long as it takes. */
export async function withLock<T>(folder: string, { onWait }: LockOptions, work: () => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true });
  const release = await acquire(folder, onWait);
  try {
    return await work();
  } finally {
    // a lock that went stale (a laptop that slept) belongs to another by now; there is nothing left to release
    await release().catch(() => undefined);
  }
}

async function acquire(folder: string, onWait: () => void): Promise<() => Promise<void>> {
  for (let tries = 0; ; tries += 1) {
    try {
      // work done under this lock is safe to do twice, so losing it is no reason to stop
      return await lock(folder, { stale: staleMs, update: staleMs / 4, onCompromised: () => undefined });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
    }
    if (tries === 0) onWait();
    await delay(retryMs);
  }
}
