import { GraphError, MailboxNotEnabledError, ThrottledError, TokenRefusedError } from '../../graph/errors.ts';
import { type FolderSlice, syncFolder } from './sync-folder.ts';
import type { SyncRun } from './sync-run.ts';

/** Fewer than the requests that a mailbox may have at a time: its notifications are read meanwhile. */
const foldersAtOnce = 2;

export interface FoldersReport {
  /** Whether every folder is done; false when the time was up before. */
  readonly isComplete: boolean;
  /** Why folders could not be read. */
  readonly failures: readonly GraphError[];
}

/**
 * Reads what changed in each folder from `run.foldersDone` on, some at a time. A folder that fails does not keep the
 * others from being read.
 * @param stop ends what is under way, because the mailbox cannot be read on
 * @throws what concerns more than one folder
 */
export async function readAllFolders(run: SyncRun, stop: () => void): Promise<FoldersReport> {
  const order = [...run.synced];
  const progress = new Progress(run, order);
  const open = order.slice(run.foldersDone);
  const before = new Map(run.positions);
  // Their rounds all begin now: a message that is moved from one to another while the first is read is seen to leave.
  const unopened = open.filter((id) => !run.positions.has(id));
  await inParallel(unopened, (id) => progress.read(id, { isEnough: () => true, putsOff: false }), stop);
  // What left a folder may be seen to arrive in another one; what is not is read by id in the second pass.
  for (const putsOff of [true, false]) {
    const left = open.filter((id) => progress.isOpen(id));
    const slice = { isEnough: () => run.isSpent(), putsOff: putsOff && left.length > 1 };
    const readOn = async (id: string, index: number): Promise<void> => {
      const stands = run.positions.get(id) === before.get(id) || progress.putOff.has(id);
      // However little time there is, something goes on.
      if (!run.isSpent() || (stands && index < foldersAtOnce)) await progress.read(id, slice);
    };
    await inParallel(left, readOn, stop);
  }
  return { isComplete: progress.isComplete, failures: progress.failures };
}

/** @throws the first failure, when all work has ended; `stop` is to end it soon */
async function inParallel(
  ids: readonly string[],
  work: (id: string, index: number) => Promise<void>,
  stop: () => void,
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  const left = ids.entries();
  const worker = async (): Promise<void> => {
    try {
      for (const [index, id] of left) await work(id, index);
    } catch (error) {
      failure ??= { error };
      stop();
    }
  };
  await Promise.all(Array.from({ length: foldersAtOnce }, worker));
  if (failure !== undefined) throw failure.error;
}

/** Which folders this round is done with. */
class Progress {
  readonly failures: GraphError[] = [];
  readonly putOff = new Set<string>();
  readonly #run: SyncRun;
  readonly #order: readonly string[];
  readonly #done: Set<string>;
  readonly #failed = new Set<string>();

  constructor(run: SyncRun, order: readonly string[]) {
    this.#run = run;
    this.#order = order;
    this.#done = new Set(order.slice(0, run.foldersDone));
  }

  get isComplete(): boolean {
    return this.#done.size + this.#failed.size === this.#order.length;
  }

  isOpen(id: string): boolean {
    return !this.#done.has(id) && !this.#failed.has(id);
  }

  /** Reads one folder. @throws what concerns more than this folder */
  async read(id: string, slice: FolderSlice): Promise<void> {
    try {
      const outcome = await syncFolder(this.#run, id, slice);
      if (outcome === 'done') this.#finish(id);
      if (outcome === 'put off') this.putOff.add(id);
    } catch (error) {
      if (!(error instanceof GraphError) || concernsMailbox(error)) throw error;
      this.#failed.add(id);
      this.failures.push(error);
    }
  }

  /** Only folders before which all are done count: the next job goes on after them. */
  #finish(id: string): void {
    this.#done.add(id);
    const firstOpen = this.#order.findIndex((folderId) => !this.#done.has(folderId));
    this.#run.foldersDone = firstOpen === -1 ? this.#order.length : firstOpen;
  }
}

function concernsMailbox(error: GraphError): boolean {
  return [ThrottledError, TokenRefusedError, MailboxNotEnabledError].some((kind) => error instanceof kind);
}
