interface Waiting<T> {
  /** What came since the last was emitted; undefined when nothing did. */
  value: T | undefined;
  readonly timer: NodeJS.Timeout;
}

export interface CoalescerOptions<T> {
  readonly intervalMs: number;
  readonly merge: (one: T, other: T) => T;
  readonly emit: (key: string, value: T) => void;
}

/** Emits the first value of a key at once and, in each interval after it, all further ones merged into one. */
export class Coalescer<T> {
  readonly #options: CoalescerOptions<T>;
  readonly #waiting = new Map<string, Waiting<T>>();

  constructor(options: CoalescerOptions<T>) {
    this.#options = options;
  }

  add(key: string, value: T): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      this.#emit(key, value);
      return;
    }
    waiting.value = waiting.value === undefined ? value : this.#options.merge(waiting.value, value);
  }

  /** Emits nothing any more. */
  stop(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #emit(key: string, value: T): void {
    const timer = setTimeout(() => this.#next(key), this.#options.intervalMs);
    timer.unref();
    this.#waiting.set(key, { value: undefined, timer });
    this.#options.emit(key, value);
  }

  #next(key: string): void {
    const value = this.#waiting.get(key)?.value;
    this.#waiting.delete(key);
    if (value !== undefined) this.#emit(key, value);
  }
}
