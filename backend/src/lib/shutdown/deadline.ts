/** A moment by which something must have ended; it can be moved nearer, never further away. */
export class Deadline {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout;
  #endsAt: number;

  /** @param limitMs from now */
  constructor(limitMs: number) {
    this.#endsAt = performance.now() + limitMs;
    this.#timer = setTimeout(() => this.#controller.abort(), limitMs);
  }

  /** Aborted when the moment has come. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends in `limitMs` at the latest. */
  shortenTo(limitMs: number): void {
    const endsAt = performance.now() + limitMs;
    if (endsAt >= this.#endsAt || this.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#endsAt = endsAt;
    this.#timer = setTimeout(() => this.#controller.abort(), limitMs);
  }

  /** Ends the waiting: the moment will not come. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}
