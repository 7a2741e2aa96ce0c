const uint32Range = 2 ** 32;

/** A seeded generator (mulberry32): the same seed and the same calls give the same numbers. */
export class SeededRandom {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** @returns a number from 0 up to, not including, 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / uint32Range;
  }

  /** @returns true with the probability `rate` (0 to 1); a rate of 0 draws nothing from the sequence */
  chance(rate: number): boolean {
    return rate > 0 && this.next() < rate;
  }

  /** One of `items`, each as likely. @throws when there is none */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new Error('There is nothing to pick from');
    return item;
  }

  /** Puts `items` in a random order, in place (Fisher–Yates). */
  shuffle(items: unknown[]): void {
    for (let last = items.length - 1; last > 0; last -= 1) {
      const other = Math.floor(this.next() * (last + 1));
      [items[last], items[other]] = [items[other], items[last]];
    }
  }
}
