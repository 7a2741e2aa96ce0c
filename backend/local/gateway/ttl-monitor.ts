import type { Engine } from './engine.ts';
import { EngineLostError, messageOf } from './errors.ts';
import { removeExpiredStatement } from './sql.ts';

/** Removes expired documents on a timer, as mongod's TTL monitor does; the engine has none of its own running. */
export class TtlMonitor {
  #seconds: number;
  #engine: Engine | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  readonly #log: (line: string) => void;

  constructor(seconds: number, log: (line: string) => void) {
    this.#seconds = seconds;
    this.#log = log;
  }

  get seconds(): number {
    return this.#seconds;
  }

  start(engine: Engine): void {
    this.#engine = engine;
    this.setSeconds(this.#seconds);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#engine = undefined;
  }

  /** Seconds between two passes; takes effect at once. */
  setSeconds(seconds: number): void {
    this.#seconds = seconds;
    clearInterval(this.#timer);
    const engine = this.#engine;
    if (engine !== undefined) this.#timer = setInterval(() => void this.#pass(engine), seconds * 1000);
  }

  async #pass(engine: Engine): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      await engine.query(removeExpiredStatement);
    } catch (error) {
      if (!(error instanceof EngineLostError)) this.#log(`expired documents were not removed: ${messageOf(error)}`);
    } finally {
      this.#running = false;
    }
  }
}
