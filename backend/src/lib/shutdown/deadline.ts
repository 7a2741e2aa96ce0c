/** A time limit that can be shortened, never extended. */
export class Deadline {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout;
  #endsAt: number;

  /** @param limitMs from now */
  constructor(limitMs: number) {
    this.#endsAt = performance.now() + limitMs;
    this.#timer = setTimeout(() => this.#controller.abort(), limitMs);
  }

  /** Aborted when the deadline has passed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Moves the deadline to `limitMs` from now, unless it is earlier already. */
  shortenTo(limitMs: number): void {
    const endsAt = performance.now() + limitMs;
    if (endsAt >= this.#endsAt || this.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#endsAt = endsAt;
    this.#timer = setTimeout(() => this.#controller.abort(), limitMs);
  }

  /** Cancels the deadline. */
  clear(): void {
    clearTimeout(this.#timer);
  }
}
