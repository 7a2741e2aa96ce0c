import { z } from 'zod';
import { CookieJar } from './cookie-jar.ts';
import { eventually, pause } from './eventually.ts';
import type { Story } from './story.ts';

const maxRedirects = 10;
const answerLimitMs = 20_000;
const unauthorized = 401;
const tooManyRequests = 429;

/** A request to the backend. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: object;
}

interface ApiParts {
  /** Where the backend listens. */
  readonly url: string;
  readonly story: Story;
  readonly signal: AbortSignal;
}

const signedIn = z.object({ email: z.string(), role: z.string(), csrfToken: z.string() });

/** The backend as somebody meets it who has a browser, or curl: what is asked is told. */
export class Api {
  readonly url: string;
  readonly jar: CookieJar;
  readonly #story: Story;
  readonly #signal: AbortSignal;
  #csrfToken = '';

  constructor({ url, story, signal }: ApiParts) {
    this.url = url;
    this.jar = new CookieJar(new URL(url).hostname);
    this.#story = story;
    this.#signal = signal;
  }

  get csrfToken(): string {
    return this.#csrfToken;
  }

  /** Signs in with Microsoft, which lets this person in without asking. */
  async signIn(email: string): Promise<{ readonly email: string; readonly role: string }> {
    const { csrfToken, ...who } = signedIn.parse(await bodyOf(await this.#goToMicrosoft(email)));
    this.#csrfToken = csrfToken;
    return who;
  }

  /** Tries to sign in, where Microsoft does not let this person in. @returns what the refusal says */
  async signInInVain<T>(email: string, shape: z.ZodType<T>): Promise<T> {
    const reply = await this.#goToMicrosoft(email);
    return shape.parse(await reply.json());
  }

  /** Opens a link at Microsoft, and goes where it leads. */
  async open<T>(link: string, shape: z.ZodType<T>): Promise<T> {
    this.#story.request('curl -L "$ADMIN_CONSENT_URL"');
    return shape.parse(await bodyOf(await this.#follow(new URL(link))));
  }

  /** True while nobody is signed in. */
  async isSignedOut(): Promise<boolean> {
    return (await this.#fetch(new URL('/auth/me', this.url), {})).status === unauthorized;
  }

  #goToMicrosoft(email: string): Promise<Response> {
    const path = `/auth/login?loginHint=${email}`;
    this.#story.request(`curl -L -b $JAR -c $JAR "$MSEDB${path}"`);
    return this.#follow(new URL(path, this.url));
  }

  async #follow(url: URL): Promise<Response> {
    let reply = await this.#fetch(url, {});
    for (let hop = 0; hop < maxRedirects && reply.status >= 300 && reply.status < 400; hop += 1) {
      reply = await this.#fetch(new URL(reply.headers.get('location') ?? '', reply.url), {});
    }
    return reply;
  }

  /** Tells the request, sends it, and reads from the answer what `shape` names. */
  async ask<T>(request: ApiRequest, shape: z.ZodType<T>): Promise<T> {
    this.#story.request(curlOf(request));
    return this.#read(request, shape);
  }

  /**
   * Tells the request once, and sends it until its answer is what one waits for.
   * @param what is awaited
   * @param pick what is wanted of the answer; undefined: not yet
   */
  async askUntil<T, P>(
    request: ApiRequest,
    shape: z.ZodType<T>,
    { what, pick }: { readonly what: string; readonly pick: (answer: T) => P | undefined },
  ): Promise<P> {
    this.#story.request(curlOf(request));
    return eventually(what, async () => pick(await this.#read(request, shape)), { signal: this.#signal });
  }

  async #read<T>({ method = 'GET', path, body }: ApiRequest, shape: z.ZodType<T>): Promise<T> {
    const headers = method === 'GET' ? {} : { 'content-type': 'application/json', 'x-msedb-csrf': this.#csrfToken };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const reply = await this.#fetch(new URL(path, this.url), init);
    if (reply.status === tooManyRequests) {
      const seconds = Number(reply.headers.get('retry-after') ?? 1);
      await pause(seconds * 1_000, this.#signal);
      return this.#read({ method, path, ...(body === undefined ? {} : { body }) }, shape);
    }
    const answer = await bodyOf(reply);
    const parsed = shape.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new Error(`${method} ${path} gave what was not expected: ${JSON.stringify(answer).slice(0, 500)}`);
  }

  /** One request; cookies are for the backend alone. */
  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    const isOurs = url.origin === this.url;
    const headers = new Headers(init.headers);
    if (isOurs) headers.set('cookie', this.jar.header());
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(answerLimitMs)]);
    const reply = await fetch(url, { ...init, headers, redirect: 'manual', signal });
    if (isOurs) this.jar.keep(reply.headers);
    return reply;
  }
}

/** @throws Error that says what the backend said when it refused */
async function bodyOf(reply: Response): Promise<unknown> {
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${reply.url} was answered ${reply.status}: ${text.slice(0, 500)}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** The request as a line for a shell in which MSEDB, JAR and CSRF are set. */
export function curlOf({ method = 'GET', path, body }: ApiRequest): string {
  const url = `$MSEDB${path}`;
  const parts = [
    'curl -b $JAR',
    ...(method === 'GET' ? [] : ['-H "$CSRF"']),
    ...(method === 'PATCH' || (method === 'POST' && body === undefined) ? [`-X ${method}`] : []),
    ...(body === undefined ? [] : [`--json '${JSON.stringify(body)}'`]),
    /[?&]/.test(path) ? `"${url}"` : url,
  ];
  return parts.join(' ');
}
