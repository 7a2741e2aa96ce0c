import { unlessAborted } from '../lib/retry.ts';
import { readBody } from './answer.ts';
import { countRequest } from './count-requests.ts';
import type { GraphError } from './errors.ts';
import { errorOfAnswer, errorOfShape, errorOfSilence, errorOfTimeout } from './failures.ts';
import type { GraphClock } from './graph-clock.ts';
import type { MailboxLimiter } from './limiter.ts';
import { type GraphRequest, preferenceOf } from './request.ts';
import { pauseMailbox } from './retry.ts';

const defaultTimeoutMs = 30_000;

export interface ConnectionOptions {
  /** The limiter of the mailbox that the token opens. */
  readonly limiter: MailboxLimiter;
  /** Gets an access token; with `forceRefresh`, one newer than Graph has just refused. `send` throws what it throws. */
  readonly getToken: (options: { readonly forceRefresh: boolean; readonly signal: AbortSignal }) => Promise<string>;
  /** Learns from each answer. */
  readonly graphClock: GraphClock;
  /** Limit of each attempt; 30 s when left out. */
  readonly timeoutMs?: number;
}

interface AttemptOptions<T> extends Pick<HttpRequest, 'url' | 'clientRequestId' | 'signal'> {
  readonly request: GraphRequest<T>;
  readonly onAnswer: ((answer: T) => void) | undefined;
  /** Number of the retry that would come next, 1 for the first. */
  readonly retry: number;
  readonly refusedToken: string | undefined;
}

type AttemptResult<T> =
  | { readonly ok: true; readonly answer: T }
  | {
      readonly ok: false;
      readonly error: GraphError;
      /** True when the failure pauses the whole mailbox. */
      readonly isPaused: boolean;
      /** The token that was used. */
      readonly token: string;
    };

/**
 * Gets a token and sends a request once.
 * @throws GraphError when the answer does not have the shape that the request declares; what getToken throws; the
 * signal's reason when it is aborted
 */
export async function attemptRequest<T>(
  connection: ConnectionOptions,
  options: AttemptOptions<T>,
): Promise<AttemptResult<T>> {
  const { limiter, getToken, graphClock, timeoutMs = defaultTimeoutMs } = connection;
  const { request, onAnswer, retry, refusedToken, ...sending } = options;
  const token = await tokenOtherThan(refusedToken, getToken, sending.signal);
  const response = await sendOnce({ ...sending, request, token, timeoutMs, graphClock });
  countRequest(request, response.status);
  if (!response.ok) {
    const { error } = response;
    return { ok: false, error, token, isPaused: pauseMailbox([error], retry, limiter) };
  }
  const answer = readBody(request, response.status, response.body);
  onAnswer?.(answer);
  return { ok: true, answer };
}

/** Forces a refresh only if no other request of the mailbox has had the token renewed meanwhile. */
async function tokenOtherThan(
  refused: string | undefined,
  getToken: ConnectionOptions['getToken'],
  signal: AbortSignal,
): Promise<string> {
  const token = await unlessAborted(getToken({ forceRefresh: false, signal }), signal);
  return token === refused ? unlessAborted(getToken({ forceRefresh: true, signal }), signal) : token;
}

interface HttpRequest {
  readonly request: GraphRequest<unknown>;
  readonly url: URL;
  readonly token: string;
  readonly clientRequestId: string;
  readonly graphClock: GraphClock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** `status` is 0 when no answer came. */
type HttpResponse =
  | { readonly ok: true; readonly status: number; readonly body: unknown }
  | { readonly ok: false; readonly status: number; readonly error: GraphError };

/**
 * Sends a request once and reads the whole answer. Redirects are not followed, because the token would go along.
 * @throws the signal's reason when it is aborted
 */
async function sendOnce(options: HttpRequest): Promise<HttpResponse> {
  const { request, timeoutMs, signal, graphClock } = options;
  signal.throwIfAborted();
  const limit = new AbortController();
  const abort = (): void => limit.abort();
  const timer = setTimeout(abort, timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const sentAt = graphClock.ours();
    const response = await fetch(options.url, fetchOptions(options, limit.signal));
    graphClock.observe(response.headers.get('date'), { sentAt, answeredAt: graphClock.ours() });
    return await readAnswer(request, response);
  } catch (thrown) {
    signal.throwIfAborted();
    const error = limit.signal.aborted ? errorOfTimeout(request, timeoutMs) : errorOfSilence(request, thrown);
    return { ok: false, status: 0, error };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

function fetchOptions({ request, token, clientRequestId }: HttpRequest, signal: AbortSignal): RequestInit {
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

async function readAnswer(request: GraphRequest<unknown>, response: Response): Promise<HttpResponse> {
  const { status, headers } = response;
  const text = await response.text();
  const { body, readable } = parseJson(text);
  if (!response.ok) {
    const header = (name: string): string | undefined => headers.get(name) ?? undefined;
    return { ok: false, status, error: errorOfAnswer(request, { status, body, header }) };
  }
  if (!readable) return { ok: false, status, error: errorOfShape(request, status, ['not JSON']) };
  return { ok: true, status, body };
}

/** Parses JSON; an empty text stands for the missing body of a 202 or 204. */
function parseJson(text: string): { readonly body: unknown; readonly readable: boolean } {
  if (text === '') return { body: undefined, readable: true };
  try {
    return { body: JSON.parse(text), readable: true };
  } catch {
    return { body: undefined, readable: false };
  }
}
