import { EventEmitter, once } from 'node:events';

/** What waits at it goes on when the test opens it. */
export class Gate {
  readonly #passage = new EventEmitter();
  /** Resolves when it is opened. */
  readonly opened = once(this.#passage, 'open');

  open(): void {
    this.#passage.emit('open');
  }
}
