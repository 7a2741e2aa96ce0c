import type { GraphError } from './errors.ts';
import { errorOfAnswer, errorOfShape, errorOfSilence, errorOfTimeout } from './failures.ts';
import { type GraphRequest, preferenceOf } from './request.ts';

export interface Exchange {
  readonly request: GraphRequest<unknown>;
  readonly url: URL;
  readonly token: string;
  readonly clientRequestId: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What became of one try. `status` is 0 when no answer came. */
export type Outcome =
  | { readonly ok: true; readonly status: number; readonly body: unknown }
  | { readonly ok: false; readonly status: number; readonly error: GraphError };

/**
 * Sends a request once and reads the whole answer. Redirects are not followed: the token would go with them.
 * @throws the signal's reason when it is aborted
 */
export async function exchange(options: Exchange): Promise<Outcome> {
  const { request, timeoutMs, signal } = options;
  signal.throwIfAborted();
  const limit = new AbortController();
  const abort = (): void => limit.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await readAnswer(request, await fetch(options.url, fetchOptions(options, limit.signal)));
  } catch (thrown) {
    signal.throwIfAborted();
    const error = limit.signal.aborted ? errorOfTimeout(request, timeoutMs) : errorOfSilence(request, thrown);
    return { ok: false, status: 0, error };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function fetchOptions({ request, token, clientRequestId }: Exchange, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = {
    accept: 'application/json',
    authorization: `Bearer ${token}`,
    'client-request-id': clientRequestId,
    prefer: preferenceOf(request),
  };
  const common = { method: request.method, headers, redirect: 'error', signal } as const;
  if (request.body === undefined) return common;
  headers['content-type'] = 'application/json';
  return { ...common, body: JSON.stringify(request.body) };
}

async function readAnswer(request: GraphRequest<unknown>, response: Response): Promise<Outcome> {
  const { status, headers } = response;
  const text = await response.text();
  const { body, readable } = parseJson(text);
  if (!response.ok) {
    const header = (name: string): string | undefined => headers.get(name) ?? undefined;
    return { ok: false, status, error: errorOfAnswer(request, { status, body, header }) };
  }
  if (!readable) return { ok: false, status, error: errorOfShape(request, status, 'not JSON') };
  return { ok: true, status, body };
}

/** An empty text is the missing body of a 202 or 204. */
function parseJson(text: string): { readonly body: unknown; readonly readable: boolean } {
  if (text === '') return { body: undefined, readable: true };
  try {
    return { body: JSON.parse(text), readable: true };
  } catch {
    return { body: undefined, readable: false };
  }
}
