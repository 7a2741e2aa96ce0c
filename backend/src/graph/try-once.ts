import { stopwatch } from '../lib/clock.ts';
import { unlessAborted } from '../lib/retry.ts';
import { readBody } from './answer.ts';
import { countRequest } from './count-requests.ts';
import type { GraphError } from './errors.ts';
import { type Exchange, exchange, type Outcome } from './exchange.ts';
import type { MailboxLimiter } from './limiter.ts';
import type { GraphRequest } from './request.ts';
import { pauseMailbox } from './retry.ts';

const defaultTimeoutMs = 30_000;

/** One try of a request, for metrics: no id, no address. */
export interface RequestReport {
  readonly method: string;
  readonly route: string;
  /** 0 when no answer came. */
  readonly status: number;
  readonly ms: number;
  /** 1 for the first. */
  readonly attempt: number;
  /** What Graph asked for, if it did. */
  readonly retryAfterMs?: number;
}

export interface ConnectionOptions {
  /** That of the mailbox which the token opens. */
  readonly limiter: MailboxLimiter;
  /** An access token; with `forceRefresh` one newer than Graph has just refused. What it throws, `send` throws. */
  readonly getToken: (options: { readonly forceRefresh: boolean; readonly signal: AbortSignal }) => Promise<string>;
  /** Told of every try. */
  readonly onRequest?: (report: RequestReport) => void;
  /** For each try; 30 s when left out. */
  readonly timeoutMs?: number;
}

interface Try<T> extends Pick<Exchange, 'url' | 'clientRequestId' | 'signal'> {
  readonly request: GraphRequest<T>;
  readonly onAnswer: ((answer: T) => void) | undefined;
  readonly attempt: number;
  /** Which retry would come next, 1 for the first. */
  readonly retry: number;
  readonly refusedToken: string | undefined;
}

type Tried<T> =
  | { readonly ok: true; readonly answer: T }
  | {
      readonly ok: false;
      readonly error: GraphError;
      /** Whether the failure holds the whole mailbox back. */
      readonly isPaused: boolean;
      /** The token that was used. */
      readonly token: string;
    };

/**
 * Gets a token and sends a request once.
 * @throws GraphError when the answer is not what the request says it is; what getToken throws; the signal's reason
 */
export async function tryOnce<T>(connection: ConnectionOptions, options: Try<T>): Promise<Tried<T>> {
  const { limiter, getToken, onRequest, timeoutMs = defaultTimeoutMs } = connection;
  const { request, onAnswer, attempt, retry, refusedToken, ...sending } = options;
  const token = await tokenOtherThan(refusedToken, getToken, sending.signal);
  const elapsed = stopwatch();
  const outcome = await exchange({ ...sending, request, token, timeoutMs });
  countRequest(request, outcome.status);
  onRequest?.(reportOf(request, outcome, attempt, elapsed()));
  if (!outcome.ok) {
    const { error } = outcome;
    return { ok: false, error, token, isPaused: pauseMailbox([error], retry, limiter) };
  }
  const answer = readBody(request, outcome.status, outcome.body);
  onAnswer?.(answer);
  return { ok: true, answer };
}

/** Another request of the mailbox may have had the token renewed meanwhile: a refresh is forced only if none did. */
async function tokenOtherThan(
  refused: string | undefined,
  getToken: ConnectionOptions['getToken'],
  signal: AbortSignal,
): Promise<string> {
  const token = await unlessAborted(getToken({ forceRefresh: false, signal }), signal);
  return token === refused ? unlessAborted(getToken({ forceRefresh: true, signal }), signal) : token;
}

function reportOf(request: GraphRequest<unknown>, outcome: Outcome, attempt: number, ms: number): RequestReport {
  const { method, route } = request;
  const retryAfterMs = outcome.ok ? undefined : outcome.error.retryAfterMs;
  return {
    method,
    route,
    status: outcome.status,
    ms,
    attempt,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}
