import { concernsMailbox, GraphError } from '../../graph/errors.ts';
import { type FolderSlice, syncFolder } from './sync-folder.ts';
import type { SyncRun } from './sync-run.ts';

/** Fewer than the concurrent requests of a mailbox, which leaves room to follow its change notifications. */
const foldersAtOnce = 2;

export interface FoldersReport {
  /** True when every folder is done; false when the time was up first. */
  readonly isComplete: boolean;
  /** The errors of folders that could not be read. */
  readonly failures: readonly GraphError[];
}

/**
 * Reads the changes of each folder from `run.foldersDone` on, some at a time. A folder that fails does not keep the
 * others from being read.
 * @param stop aborts the work under way, because the mailbox cannot be read any further
 * @throws errors that concern more than one folder
 */
export async function readAllFolders(run: SyncRun, stop: () => void): Promise<FoldersReport> {
  const order = [...run.synced];
  const progress = new CycleProgress(run, order);
  const open = order.slice(run.foldersDone);
  const before = new Map(run.positions);
  // begin all new folders now: a message that moves between two of them during the cycle is then seen to leave the first
  const unopened = open.filter((id) => !run.positions.has(id));
  await inParallel(unopened, (id) => progress.read(id, { isEnough: () => true, putsOff: false }), stop);
  // a message that left a folder may show up in another one; the second pass reads the rest by id
  for (const putsOff of [true, false]) {
    const left = open.filter((id) => progress.isOpen(id));
    const slice = { isEnough: () => run.isSpent(), putsOff: putsOff && left.length > 1 };
    const readOn = async (id: string, index: number): Promise<void> => {
      const stands = run.positions.get(id) === before.get(id) || progress.putOff.has(id);
      // make progress in each slice, however short it is
      if (!run.isSpent() || (stands && index < foldersAtOnce)) await progress.read(id, slice);
    };
    await inParallel(left, readOn, stop);
  }
  return { isComplete: progress.isComplete, failures: progress.failures };
}

/** Works with `foldersAtOnce` workers. @throws the first failure, after all workers have ended; `stop` ends them early */
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

/** Tracks which folders this cycle is done with. */
class CycleProgress {
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

  /** Reads one folder. @throws errors that concern more than this folder */
  async read(id: string, slice: FolderSlice): Promise<void> {
    try {
      const outcome = await syncFolder(this.#run, id, slice);
      this.#run.refused.delete(id);
      if (outcome === 'done') this.#done.add(id);
      if (outcome === 'put off') this.putOff.add(id);
    } catch (error) {
      if (!(error instanceof GraphError) || concernsMailbox(error)) throw error;
      this.#failed.add(id);
      this.failures.push(error);
      if (!error.retryable) this.#refuse(id, error);
    }
    this.#advance();
  }

  #refuse(id: string, error: GraphError): void {
    this.#run.refused.add(id);
    this.#run.refusal = error;
  }

  /**
   * Advances `foldersDone` to the first folder that is neither done nor refused: the next job continues there. One
   * folder that is refused must not keep a large mailbox from being read to its end.
   */
  #advance(): void {
    const { refused } = this.#run;
    const firstOpen = this.#order.findIndex((folderId) => !this.#done.has(folderId) && !refused.has(folderId));
    this.#run.foldersDone = firstOpen === -1 ? this.#order.length : firstOpen;
  }
}
