import { z } from 'zod';

const notification = z.looseObject({ id: z.string(), title: z.string() });
const unread = z.strictObject({ unread: z.number() });

interface ReceivedEvent {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

/** Reads a stream of Server-Sent Events, as a browser's EventSource does, and remembers what came. */
export class EventReader implements AsyncDisposable {
  readonly status: number;
  readonly headers: Headers;
  readonly events: ReceivedEvent[] = [];
  /** Lines that a browser ignores. */
  comments = 0;
  /** The body of an answer that is no stream. */
  body = '';
  hasEnded = false;
  readonly #abort: AbortController;
  readonly #reading: Promise<void>;

  static async open(url: string, headers: Record<string, string>): Promise<EventReader> {
    const abort = new AbortController();
    const reply = await fetch(url, { headers, signal: abort.signal });
    return new EventReader(reply, abort);
  }

  private constructor(reply: Response, abort: AbortController) {
    this.status = reply.status;
    this.headers = reply.headers;
    this.#abort = abort;
    this.#reading = this.#read(reply);
  }

  /** The titles of the notifications that came, in their order. */
  get titles(): string[] {
    return this.#dataOf('notification').map((data) => notification.parse(data).title);
  }

  /** The numbers of unread notifications that came, in their order. */
  get unread(): number[] {
    return this.#dataOf('unread').map((data) => unread.parse(data).unread);
  }

  get lastEventId(): string {
    return this.events.at(-1)?.id ?? '';
  }

  /** Goes away, as a browser that is closed. */
  async leave(): Promise<void> {
    this.#abort.abort();
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #dataOf(event: string): unknown[] {
    return this.events.filter((one) => one.event === event).map(({ data }) => data);
  }

  async #read(reply: Response): Promise<void> {
    let rest = '';
    try {
      for await (const text of (reply.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        this.body += text;
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch {
      // cut
    } finally {
      this.hasEnded = true;
    }
  }

  #take(block: string): void {
    if (block.startsWith(':')) this.comments += 1;
    const [, event, id, data] = /^event: (.*)\nid: (.*)\ndata: (.*)$/.exec(block) ?? [];
    if (event !== undefined && id !== undefined && data !== undefined) {
      this.events.push({ event, id, data: JSON.parse(data) });
    }
  }
}
