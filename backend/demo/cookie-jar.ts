import { parseSetCookie, stringifyCookie } from 'cookie';
import { dayMs, secondMs } from '../src/lib/durations.ts';

/** The cookies that one host has set. */
export class CookieJar {
  readonly #host: string;
  readonly #cookies = new Map<string, string>();

  constructor(host: string) {
    this.#host = host;
  }

  /** Takes the cookies of an answer of the host. */
  keep(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const { name, value, maxAge } = parseSetCookie(line);
      if (maxAge === 0) this.#cookies.delete(name);
      else this.#cookies.set(name, value ?? '');
    }
  }

  /** The value of a Cookie header. */
  header(): string {
    return stringifyCookie(Object.fromEntries(this.#cookies));
  }

  /** The same as a file that curl reads. @param nowMs since the epoch */
  toCurlFile(nowMs: number): string {
    const expires = Math.floor((nowMs + dayMs) / secondMs);
    const lines = [...this.#cookies].map(([name, value]) =>
      [`#HttpOnly_${this.#host}`, 'FALSE', '/', 'FALSE', expires, name, value].join('\t'),
    );
    return `# Netscape HTTP Cookie File\n${lines.join('\n')}\n`;
  }
}
