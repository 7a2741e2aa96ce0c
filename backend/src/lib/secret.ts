import { inspect } from 'node:util';

const mask = '[redacted]';

/** A value that shows itself only when asked by name: logs, JSON and string templates get a mask. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Hand it to the one library that needs it, and keep it nowhere. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}
