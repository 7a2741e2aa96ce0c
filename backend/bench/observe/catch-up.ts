import { setTimeout as delay } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Emulator } from '../../emulator/emulator.ts';
import { logTail } from '../../local/log-tail.ts';
import { disagreements } from './agreement.ts';
import type { Backend } from './backend.ts';
import type { WatchedMailbox } from './watched-mailbox.ts';

const lookEveryMs = 100;
/** Number of messages of a mailbox checked at a time; checking stops at the first batch with a difference. */
const sampleSize = 100;
/** A person may make 100 requests a minute. */
const askEveryMs = 2_000;
const sayEveryMs = 2_000;

export interface CatchUpParts {
  readonly microsoft: Emulator;
  readonly backend: Backend;
  /** The queues whose jobs observe messages. */
  readonly queues: readonly Queue[];
  /** Longest time without progress. */
  readonly stallLimitMs: number;
  readonly say: (line: string) => void;
}

/** Ids of the changed messages, by mailbox. */
export type Changed = ReadonlyMap<WatchedMailbox, readonly string[]>;

/**
 * Waits until the stored state of all changed messages equals the mailbox, requesting synchronizations meanwhile, and
 * until no job is active that read an older state.
 * @returns when all states were correct, as performance.now()
 * @throws when it makes no progress
 */
export async function caughtUp(parts: CatchUpParts, changed: Changed): Promise<number> {
  const { microsoft, queues } = parts;
  for (;;) {
    await agreed(parts, changed);
    const agreedAt = performance.now();
    // a job that read an older state could still overwrite a newer one: then there is more to wait for
    await microsoft.notifier.settled();
    await until(parts, async () => (await countActive(queues)) === 0);
    if (sizeOf(await stillWrong(changed)) === 0) return agreedAt;
  }
}

async function agreed(parts: CatchUpParts, changed: Changed): Promise<void> {
  const { backend, stallLimitMs, say } = parts;
  let behind = new Map(changed);
  let [fewest, progressAt, askedAt, saidAt] = [Number.POSITIVE_INFINITY, Date.now(), 0, Date.now()];
  for (;;) {
    behind = await stillBehind(behind);
    const count = sizeOf(behind);
    if (count === 0) return;
    backend.requireRunning();
    if (count < fewest) [fewest, progressAt] = [count, Date.now()];
    if (Date.now() - progressAt > stallLimitMs) throw stalled(parts, behind);
    if (Date.now() - askedAt > askEveryMs) {
      await Promise.all([...behind.keys()].map((mailbox) => mailbox.askForSync()));
      askedAt = Date.now();
    }
    if (Date.now() - saidAt > sayEveryMs) {
      say(`${count} messages in ${behind.size} mailboxes are not up to date yet`);
      saidAt = Date.now();
    }
    await delay(lookEveryMs);
  }
}

async function stillBehind(mailboxes: Changed): Promise<Map<WatchedMailbox, readonly string[]>> {
  const rests = [...mailboxes].map(async ([mailbox, ids]) => [mailbox, await restOf(mailbox, ids)] as const);
  return new Map((await Promise.all(rests)).filter(([, ids]) => ids.length > 0));
}

/** Leaves out from the beginning of `ids` what is known as it is; a full look each time would be most of the load. */
async function restOf(mailbox: WatchedMailbox, ids: readonly string[]): Promise<readonly string[]> {
  let rest = ids;
  while (rest.length > 0) {
    const wrong = await disagreements(mailbox, rest.slice(0, sampleSize));
    rest = [...wrong, ...rest.slice(sampleSize)];
    if (wrong.length > 0) break;
  }
  return rest;
}

async function stillWrong(mailboxes: Changed): Promise<Map<WatchedMailbox, readonly string[]>> {
  const wrong = new Map<WatchedMailbox, readonly string[]>();
  for (const [mailbox, ids] of mailboxes) wrong.set(mailbox, await disagreements(mailbox, ids));
  return wrong;
}

function sizeOf(mailboxes: Changed): number {
  return [...mailboxes.values()].reduce((sum, ids) => sum + ids.length, 0);
}

async function countActive(queues: readonly Queue[]): Promise<number> {
  const counts = await Promise.all(queues.map((queue) => queue.getActiveCount()));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Waits for a condition. @throws when it does not come true within the stall limit */
export async function until(
  { backend, stallLimitMs }: Pick<CatchUpParts, 'backend' | 'stallLimitMs'>,
  condition: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + stallLimitMs;
  while (!(await condition())) {
    backend.requireRunning();
    if (Date.now() > deadline) {
      throw new Error(`The condition was not met within ${stallLimitMs / 1_000} s\n${logTail(backend.logFile)}`);
    }
    await delay(lookEveryMs);
  }
}

function stalled({ backend, stallLimitMs }: CatchUpParts, behind: Changed): Error {
  const places = [...behind.values()].map((ids) => `${ids.length} (${ids[0]})`).join(', ');
  return new Error(
    `No progress for ${stallLimitMs / 1_000} s. Messages not up to date, by mailbox: ${places}\n${logTail(backend.logFile)}`,
  );
}
