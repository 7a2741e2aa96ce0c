import type { EmulatorClock } from '../clock.ts';

/** Who did it: the person in their own mail program, or the app through Graph. */
export type Actor = 'person' | 'app';

export type TruthKind =
  | 'deliver'
  | 'move'
  | 'delete'
  | 'purge'
  | 'read'
  | 'flag'
  | 'categorize'
  | 'folder-create'
  | 'folder-rename'
  | 'folder-delete';

/** A folder id, a flag status, a read state, or the categories. */
export type TruthValue = string | boolean | readonly string[] | null;

/** One thing that happened in a mailbox, as it really was. */
export interface TruthEntry {
  readonly sequence: number;
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly atMs: number;
  readonly actor: Actor;
  readonly kind: TruthKind;
  /** The address of the mailbox. */
  readonly mailbox: string;
  /** The immutable id of the message; for the folder kinds, the id of the folder. */
  readonly item: string;
  readonly from: TruthValue;
  readonly to: TruthValue;
}

/** Everything that was done, in order: what an observer's findings are compared with. */
export class TruthLedger {
  readonly #clock: EmulatorClock;
  #entries: TruthEntry[] = [];
  #sequence = 0;

  constructor(clock: EmulatorClock) {
    this.#clock = clock;
  }

  record(entry: Omit<TruthEntry, 'sequence' | 'atMs'>): void {
    this.#sequence += 1;
    this.#entries.push({ sequence: this.#sequence, atMs: this.#clock.now(), ...entry });
  }

  /** @param after only what came after the entry of this sequence */
  entries({ mailbox, after = 0 }: { readonly mailbox?: string; readonly after?: number } = {}): TruthEntry[] {
    return this.#entries.filter(
      (entry) => entry.sequence > after && (mailbox === undefined || entry.mailbox === mailbox),
    );
  }

  /** Forgets the entries; the sequence goes on. */
  clear(): void {
    this.#entries = [];
  }
}
