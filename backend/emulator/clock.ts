/** The emulator's own time: the machine's, plus what `advance` added. */
export class EmulatorClock {
  #skewMs: number;

  constructor(skewMs = 0) {
    this.#skewMs = skewMs;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#skewMs;
  }

  /** Moves the time on (or back, when negative) for everything that the emulator dates or lets expire. */
  advance(byMs: number): void {
    this.#skewMs += byMs;
  }
}

/** A time as Graph writes it, to the second: 2026-01-02T03:04:05Z. */
export function graphTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
