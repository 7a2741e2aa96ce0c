/** Idle time after which a cursor is gone, as in mongod (cursorTimeoutMillis). */
export const cursorIdleMs = 600_000;

interface OpenCursor {
  database: string;
  continuation: Buffer;
  usedAt: number;
}

/** The open cursors by id: which database they belong to, and where the next page starts. */
export class CursorTable {
  readonly #cursors = new Map<string, OpenCursor>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Keeps where the next page of a cursor starts; a null continuation means that it is exhausted. */
  keep(id: string, database: string, continuation: Buffer | null): void {
    if (continuation === null) this.#cursors.delete(id);
    else this.#cursors.set(id, { database, continuation, usedAt: this.#now() });
  }

  get(id: string): Readonly<OpenCursor> | undefined {
    return this.#cursors.get(id);
  }

  /** Returns false when there is no such cursor. */
  remove(id: string): boolean {
    return this.#cursors.delete(id);
  }

  /** Forgets cursors that nobody has read for ten minutes. */
  removeIdle(): void {
    const oldest = this.#now() - cursorIdleMs;
    for (const [id, cursor] of this.#cursors) {
      if (cursor.usedAt < oldest) this.#cursors.delete(id);
    }
  }
}
