import type { SeededRandom } from '../random.ts';

/** How often a move shows in delta rounds as a removal only, as Graph's immutable ids allow. */
export class MoveVisibility {
  /** Part of the moves whose arrival delta does not tell of: 0 to 1. */
  hiddenArrivalRate = 0;
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  hidesArrival(): boolean {
    return this.#random.chance(this.hiddenArrivalRate);
  }
}
