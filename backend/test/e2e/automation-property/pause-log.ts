import type { Scope } from './commands.ts';

/** A time, in milliseconds since the epoch, in which the kill switch was on for certain. */
export interface Pause {
  readonly from: number;
  readonly until: number;
}

/** Within this time of being put on, the kill switch holds everywhere. */
const effectMs = 1_000;

/** Remembers when the kill switches of a mailbox and its owner were on for certain. */
export class PauseLog {
  readonly #since = new Map<Scope, number>();
  readonly #over: Pause[] = [];

  /** The service has said that it is paused. */
  began(scope: Scope): void {
    if (!this.#since.has(scope)) this.#since.set(scope, Date.now() + effectMs);
  }

  /** The service is about to be asked to resume. */
  ends(scope: Scope): void {
    const from = this.#since.get(scope);
    this.#since.delete(scope);
    if (from !== undefined) this.#over.push({ from, until: Date.now() });
  }

  /** When the last pause that is on took or takes effect; undefined when none is on. */
  get effectiveAt(): number | undefined {
    return this.#since.size === 0 ? undefined : Math.max(...this.#since.values());
  }

  get all(): readonly Pause[] {
    return this.#over;
  }
}
