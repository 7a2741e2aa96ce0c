import type { EmulatorClock } from '../clock.ts';

/** Those who act on mail beside its owner and this app: nothing that they do says anything about the owner. */
export const otherActors = ['otherApp', 'retention', 'autoArchive', 'sweep', 'admin', 'service'] as const;
export type OtherActor = (typeof otherActors)[number];

/** Who did it: the person in their own mail program, the app through Graph, or somebody else. */
export type Actor = 'person' | 'app' | OtherActor;

export type TruthKind =
  | 'deliver'
  | 'move'
  | 'delete'
  /** To Recoverable Items, as when Deleted Items is emptied, or with Shift+Delete. */
  | 'soft-delete'
  /** Permanently, and still readable by id for a time. */
  | 'hard-delete'
  /** Gone at once, without a trace. */
  | 'purge'
  /** Gone from Recoverable Items, because its time was over. */
  | 'expire'
  | 'online-archive'
  /** The same message goes by another immutable id: `from` and `to` are the ids, `item` is the new one. */
  | 'id-change'
  | 'read'
  | 'flag'
  | 'categorize'
  | 'folder-create'
  | 'folder-rename'
  | 'folder-move'
  | 'folder-delete';

/** A folder id, a flag status, a read state, or the categories. */
export type TruthValue = string | boolean | readonly string[] | null;

/** One thing that happened in a mailbox, as it really was. */
export interface TruthEntry {
  readonly sequence: number;
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly atMs: number;
  /** Entries of the same act have the same number: the sequence of the first of them. */
  readonly act: number;
  readonly actor: Actor;
  readonly kind: TruthKind;
  /** The address of the mailbox. */
  readonly mailbox: string;
  /** The immutable id of the message; for the folder kinds, the id of the folder. */
  readonly item: string;
  readonly from: TruthValue;
  readonly to: TruthValue;
}

interface TruthQuery {
  readonly mailbox?: string;
  /** Only what came after the entry of this sequence. */
  readonly after?: number;
  readonly actor?: string;
}

/** Everything that was done, in order: observations are compared with it. */
export class TruthLedger {
  readonly #clock: EmulatorClock;
  #entries: TruthEntry[] = [];
  #sequence = 0;
  #act: number | undefined;

  constructor(clock: EmulatorClock) {
    this.#clock = clock;
  }

  record(entry: Omit<TruthEntry, 'sequence' | 'atMs' | 'act'>): void {
    this.#sequence += 1;
    const act = this.#act ?? this.#sequence;
    this.#entries.push({ sequence: this.#sequence, atMs: this.#clock.now(), act, ...entry });
  }

  /** Records everything that `run` does as one act. Acts within it belong to it. @returns what `run` returns */
  asOneAct<Result>(run: () => Result): Result {
    if (this.#act !== undefined) return run();
    this.#act = this.#sequence + 1;
    try {
      return run();
    } finally {
      this.#act = undefined;
    }
  }

  entries({ mailbox, after = 0, actor }: TruthQuery = {}): TruthEntry[] {
    return this.#entries.filter(
      (entry) =>
        entry.sequence > after &&
        (mailbox === undefined || entry.mailbox === mailbox) &&
        (actor === undefined || entry.actor === actor),
    );
  }

  /** Forgets the entries; the sequence goes on. */
  clear(): void {
    this.#entries = [];
  }
}
