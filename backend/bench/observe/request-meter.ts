import type { Emulator } from '../../emulator/emulator.ts';

const windowMs = 600_000;
const sampleEveryMs = 1_000;

interface Sample {
  readonly atMs: number;
  readonly totals: readonly number[];
}

/** Counts what the service asks of Graph, mailbox by mailbox. */
export class RequestMeter implements Disposable {
  readonly #microsoft: Emulator;
  readonly #emails: readonly string[];
  readonly #samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(microsoft: Emulator, emails: readonly string[]) {
    this.#microsoft = microsoft;
    this.#emails = emails;
    this.#timer = setInterval(() => this.#sample(), sampleEveryMs);
    this.#sample();
  }

  /** Requests of all mailboxes so far. */
  total(): number {
    return this.#totals().reduce((sum, total) => sum + total, 0);
  }

  /** The most that any mailbox took within 10 minutes. */
  worstWindow(): number {
    this.#sample();
    let worst = 0;
    let start = 0;
    for (const { atMs, totals } of this.#samples) {
      while (atMs - (this.#samples[start]?.atMs ?? atMs) > windowMs) start += 1;
      const before = this.#samples[start]?.totals ?? [];
      for (const [index, total] of totals.entries()) worst = Math.max(worst, total - (before[index] ?? 0));
    }
    return worst;
  }

  /** Requests that were refused because of the limits, by Graph's own count. */
  refused(): number {
    return this.#emails.reduce((sum, email) => sum + this.#microsoft.throttle.report(email).throttled, 0);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #totals(): number[] {
    return this.#emails.map((email) => this.#microsoft.throttle.report(email).total);
  }

  #sample(): void {
    this.#samples.push({ atMs: performance.now(), totals: this.#totals() });
  }
}
