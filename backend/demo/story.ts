import type { Paint } from './paint.ts';
import { wrap } from './wrap.ts';

/** Largest width of the output, in characters. */
export const pageWidth = 92;
const indentation = '   ';

/** A step of the story that did not come out as it should. */
export class StepError extends Error {
  override readonly name = 'StepError';
}

/** Tells what happens, step by step, to somebody who reads along. */
export class Story {
  readonly #write: (line: string) => void;
  readonly #paint: Paint;
  #steps = 0;
  #checks = 0;

  /** @param write takes a line without its end */
  constructor(write: (line: string) => void, paint: Paint) {
    this.#write = write;
    this.#paint = paint;
  }

  get checks(): number {
    return this.#checks;
  }

  /** A heading, and what belongs below it. @throws StepError that names the step; what ended the demo stays its cause */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#steps += 1;
    const name = `${this.#steps}. ${title}`;
    this.#write('');
    this.#write(this.#paint('bold', name));
    try {
      return await work();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StepError(`Step “${name}” failed: ${reason}`, { cause });
    }
  }

  /** A sentence or two between requests. */
  say(text: string): void {
    for (const line of wrap(text, pageWidth - indentation.length)) this.#write(`${indentation}${line}`);
  }

  /** A request as it would be typed. */
  request(command: string): void {
    this.#write(`${indentation}${this.#paint('cyan', `$ ${command}`)}`);
  }

  /** What was answered: names and values, one below the other; long values are broken into lines. */
  show(facts: Readonly<Record<string, string | number>>): void {
    const gap = Math.max(...Object.keys(facts).map(({ length }) => length)) + 2;
    for (const [name, value] of Object.entries(facts)) {
      const [first = '', ...rest] = wrap(String(value), pageWidth - 2 * indentation.length - gap);
      this.#write(`${indentation}${indentation}${this.#paint('dim', name.padEnd(gap))}${first}`);
      for (const line of rest) this.#write(`${indentation}${indentation}${' '.repeat(gap)}${line}`);
    }
  }

  /** Something that was looked up and found to be so. @throws Error when it is not */
  check(text: string, isSo: boolean): void {
    if (!isSo) throw new Error(`check failed: ${text}`);
    this.#checks += 1;
    const [first = '', ...rest] = wrap(text, pageWidth - indentation.length - 2);
    this.#write(`${indentation}${this.#paint('green', '✓')} ${first}`);
    for (const line of rest) this.#write(`${indentation}  ${line}`);
  }
}
