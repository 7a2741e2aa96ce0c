interface CommitGroup<T> {
  readonly items: T[];
  readonly done: Promise<void>;
}

/**
 * Commits the items of many callers in groups: callers that arrive during a commit share the next one. Nobody waits for
 * a group to fill, and the cost per item falls with the load.
 */
export class GroupCommit<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>;
  readonly #atOnce: number;
  /** The group that can be joined. */
  #open: CommitGroup<T> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param commit commits some items; an error reaches all of their callers
   * @param atOnce largest size of a group
   */
  constructor(commit: (items: readonly T[]) => Promise<void>, atOnce: number) {
    this.#commit = commit;
    this.#atOnce = atOnce;
  }

  /** Resolves when the item is committed. @throws what `commit` throws */
  add(item: T): Promise<void> {
    if (this.#open === undefined || this.#open.items.length >= this.#atOnce) {
      const items: T[] = [];
      this.#open = { items, done: this.#commitAfter(this.#last, items) };
      this.#last = this.#open.done.catch(() => undefined);
    }
    this.#open.items.push(item);
    return this.#open.done;
  }

  async #commitAfter(last: Promise<unknown>, items: readonly T[]): Promise<void> {
    await last;
    if (this.#open?.items === items) this.#open = undefined;
    await this.#commit(items);
  }
}
