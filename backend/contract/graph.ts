import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnItems } from './own-items.ts';
import { type Fields, fieldsOf, textOf } from './fields.ts';

/** An answer of Graph, read as it is: nothing is expected of it. */
export interface GraphAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Fields;
  /** `error.code`, when it is an error. */
  readonly code: string | undefined;
}

export interface Call {
  readonly body?: unknown;
  /** False: without the preference for immutable ids. */
  readonly immutable?: boolean;
  /** More preferences, as odata.maxpagesize=2. */
  readonly prefer?: string;
  /** Instead of the account's. */
  readonly token?: string;
}

interface GraphParts {
  readonly graphUrl: string;
  readonly token: () => Promise<string>;
  readonly own: OwnItems;
  readonly signal: AbortSignal;
}

const retries = 5;
const longestWaitSeconds = 60;
const timeoutMs = 60_000;

/** Graph v1.0 for one account. It changes nothing but what the contract made. */
export class Graph {
  readonly #parts: GraphParts;

  constructor(parts: GraphParts) {
    this.#parts = parts;
  }

  /** @param pathOrLink a path below /v1.0, or a link that Graph gave */
  async call(method: string, pathOrLink: string, call: Call = {}): Promise<GraphAnswer> {
    const { graphUrl, own } = this.#parts;
    const root = `${graphUrl}/v1.0`;
    const isLink = pathOrLink.startsWith('http');
    if (isLink && !pathOrLink.startsWith(`${root}/`)) throw new Error('A link of Graph leads elsewhere');
    own.guard(method, isLink ? pathOrLink.slice(root.length) : pathOrLink);
    const url = isLink ? pathOrLink : `${root}${pathOrLink}`;
    for (let retry = 0; ; retry += 1) {
      const answer = await this.#send(method, url, call);
      const isPassing = answer.status === 429 || answer.status === 503 || answer.status === 504;
      if (!isPassing || retry >= retries) return answer;
      await this.#wait(answer, retry);
    }
  }

  async #wait({ headers }: GraphAnswer, retry: number): Promise<void> {
    const asked = Number(headers.get('retry-after'));
    const seconds = Number.isFinite(asked) && asked > 0 ? asked : 2 ** retry;
    await sleep(Math.min(seconds, longestWaitSeconds) * 1_000, undefined, { signal: this.#parts.signal });
  }

  async #send(method: string, url: string, { body, immutable = true, prefer, token }: Call): Promise<GraphAnswer> {
    const preferences = [...(immutable ? ['IdType="ImmutableId"'] : []), ...(prefer === undefined ? [] : [prefer])];
    const reply = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token ?? (await this.#parts.token())}`,
        ...(preferences.length === 0 ? {} : { prefer: preferences.join(', ') }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([this.#parts.signal, AbortSignal.timeout(timeoutMs)]),
    });
    const fields = parse(await reply.text());
    const error = fieldsOf(fields['error']);
    return { status: reply.status, headers: reply.headers, body: fields, code: textOf(error['code']) };
  }
}

function parse(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {}; // an empty body, or a page of a gateway
  }
}

/** Status and code of an answer, as in "404 ErrorItemNotFound". */
export function outcomeOf({ status, code }: GraphAnswer): string {
  return code === undefined ? String(status) : `${status} ${code}`;
}
