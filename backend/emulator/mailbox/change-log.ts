/** The last thing known of an item in one place. */
export interface Change {
  readonly sequence: number;
  readonly itemId: string;
  /** The id that the item went by at the time, for callers with mutable ids. */
  readonly mutableId: string;
  readonly isRemoved: boolean;
}

const slack = 1_000;

/**
 * What happened in one place, in order, each item at its last change only. A reader asks for what came after a
 * sequence; the cost is that of what came after, not of what there is.
 */
export class ChangeLog {
  #changes: Change[] = [];
  readonly #latest = new Map<string, number>();

  record(change: Change): void {
    this.#changes.push(change);
    this.#latest.set(change.itemId, change.sequence);
    if (this.#changes.length > 2 * this.#latest.size + slack) this.#compact();
  }

  /** The changes after `sequence`, oldest first. Read it to its end, or leave it, before the next `record`. */
  *since(sequence: number): Generator<Change> {
    for (let index = this.#firstAfter(sequence); index < this.#changes.length; index += 1) {
      const change = this.#changes[index];
      if (change !== undefined && this.isLatest(change)) yield change;
    }
  }

  /** Whether nothing has happened to its item since. */
  isLatest({ itemId, sequence }: Change): boolean {
    return this.#latest.get(itemId) === sequence;
  }

  #firstAfter(sequence: number): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.sequence ?? 0) > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #compact(): void {
    this.#changes = this.#changes.filter((change) => this.isLatest(change));
  }
}
