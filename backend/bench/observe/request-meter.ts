import type { Emulator } from '../../emulator/emulator.ts';

const windowMs = 600_000;
const sampleEveryMs = 1_000;

interface Sample {
  readonly atMs: number;
  readonly totals: readonly number[];
}

/** Counts the requests of the service to Graph, per mailbox. */
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

  /** Returns the number of requests for all mailboxes so far. */
  total(): number {
    return this.#totals().reduce((sum, total) => sum + total, 0);
  }

  /** Returns the largest number of requests for one mailbox within 10 minutes. */
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

  /** Returns the number of requests refused because of limits, as Graph counts them. */
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
