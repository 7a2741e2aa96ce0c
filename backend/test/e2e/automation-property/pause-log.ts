import type { Scope } from './commands.ts';

/** A period in which the kill switch was certainly on, in milliseconds since the epoch. */
export interface Pause {
  readonly from: number;
  readonly until: number;
}

/** Time from turning the kill switch on until it holds everywhere. */
const effectMs = 1_000;

/** Records when the kill switches of a mailbox and its owner were certainly on. */
export class PauseLog {
  readonly #since = new Map<Scope, number>();
  readonly #over: Pause[] = [];

  /** Call when the service has confirmed a pause. */
  began(scope: Scope): void {
    if (!this.#since.has(scope)) this.#since.set(scope, Date.now() + effectMs);
  }

  /** Call before asking the service to resume. */
  ends(scope: Scope): void {
    const from = this.#since.get(scope);
    this.#since.delete(scope);
    if (from !== undefined) this.#over.push({ from, until: Date.now() });
  }

  /** When the latest open pause takes effect; undefined when none is open. */
  get effectiveAt(): number | undefined {
    return this.#since.size === 0 ? undefined : Math.max(...this.#since.values());
  }

  get all(): readonly Pause[] {
    return this.#over;
  }
}
