import { randomInt } from 'node:crypto';
import { parseSetCookie, stringifyCookie } from 'cookie';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON. */
  readonly body: unknown;
  /** Where the last request of a chain of redirects went. */
  readonly url: string;
}

const maxRedirects = 10;

/** A browser without a screen: it keeps cookies for each host, follows redirects, and sends the CSRF token. */
export class Browser {
  readonly #base: string;
  /** Every browser is a client of its own to the rate limits. */
  readonly #address: string;
  readonly #jars = new Map<string, Record<string, string>>();
  #csrf: string | undefined;

  /**
   * @param base where paths without a host go
   * @param address the client's address; one of its own when left out
   */
  constructor(base: string, address = `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`) {
    this.#base = base;
    this.#address = address;
  }

  /** Sends one request; redirects are answers. */
  async once(path: string, init: RequestInit = {}): Promise<Answer> {
    const url = new URL(path, this.#base);
    const headers = new Headers(init.headers);
    headers.set('x-forwarded-for', this.#address);
    headers.set('cookie', stringifyCookie(this.#jars.get(url.host) ?? {}));
    const reply = await fetch(url, { ...init, headers, redirect: 'manual' });
    this.#keepCookies(url.host, reply.headers.getSetCookie());
    const text = await reply.text();
    const isJson = reply.headers.get('content-type')?.includes('json') === true;
    return {
      status: reply.status,
      headers: reply.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
      url: url.href,
    };
  }

  /** Goes to an address and on from there, as a person's click does. */
  async visit(path: string): Promise<Answer> {
    let answer = await this.once(path);
    for (let hop = 0; hop < maxRedirects && answer.status >= 300 && answer.status < 400; hop += 1) {
      answer = await this.once(new URL(answer.headers.get('location') ?? '', answer.url).href);
    }
    return answer;
  }

  /** Signs in with Microsoft, which asks the person of this address anew who they are. @param query further parameters, as access=look */
  async signIn(email: string, query = ''): Promise<Answer> {
    const answer = await this.visit(`/auth/login?prompt=login&loginHint=${encodeURIComponent(email)}&${query}`);
    if (answer.body instanceof Object && 'csrfToken' in answer.body) this.#csrf = String(answer.body.csrfToken);
    return answer;
  }

  /** Writes, as a page of the service does. */
  write(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer> {
    const headers = { 'content-type': 'application/json', 'x-msedb-csrf': this.#csrf ?? '' };
    return this.once(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  /** Connects a further mailbox: that of this address. */
  async connect(email: string): Promise<Answer> {
    const { body } = await this.write('POST', '/api/mailboxes/connect', {
      loginHint: email,
      returnTo: '/api/mailboxes',
    });
    if (body instanceof Object && 'url' in body) return this.visit(String(body.url));
    throw new Error(`Connecting was refused: ${JSON.stringify(body)}`);
  }

  /** The cookies that a host has set. */
  cookies(url: string): Readonly<Record<string, string>> {
    return this.#jars.get(new URL(url).host) ?? {};
  }

  setCookie(url: string, name: string, value: string): void {
    const { host } = new URL(url);
    this.#jars.set(host, { ...this.#jars.get(host), [name]: value });
  }

  #keepCookies(host: string, lines: readonly string[]): void {
    const jar = { ...this.#jars.get(host) };
    for (const line of lines) {
      const { name, value, maxAge } = parseSetCookie(line);
      if (maxAge === 0) delete jar[name];
      else jar[name] = value ?? '';
    }
    this.#jars.set(host, jar);
  }
}
