interface CommitGroup<T> {
  readonly items: T[];
  readonly done: Promise<void>;
}

/**
 * Does the same work for many callers at once: those who come while it is under way share the next time. Nobody is
 * kept waiting for company, and the more there is to do, the less it costs each.
 */
export class GroupCommit<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>;
  readonly #atOnce: number;
  /** The group that can be joined. */
  #open: CommitGroup<T> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param commit does the work for some items; what it throws, all of their callers get
   * @param atOnce for how many items at most: what waits is neither done all at once nor lost all at once
   */
  constructor(commit: (items: readonly T[]) => Promise<void>, atOnce: number) {
    this.#commit = commit;
    this.#atOnce = atOnce;
  }

  /** Resolves when the work is done for this item. @throws what `commit` throws */
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
