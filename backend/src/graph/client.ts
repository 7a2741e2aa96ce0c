import { randomUUID } from 'node:crypto';
import { currentLogContext } from '../lib/log-context.ts';
import { attemptRequest, type ConnectionOptions } from './http-attempt.ts';
import { createGraphClock, type GraphClock } from './graph-clock.ts';
import type { MailboxLimiter } from './limiter.ts';
import { apiRoot, followUpUrl } from './links.ts';
import { type GraphRequest, pathOf, type SendOptions } from './request.ts';
import { backOff, isWorthRetry, patienceOf } from './retry.ts';

interface GraphClientOptions extends Omit<ConnectionOptions, 'graphClock'> {
  /** Address of the cloud without a version, as in https://graph.microsoft.com. */
  readonly baseUrl: string;
  /** Shared by all clients of this address; one of its own when left out. */
  readonly graphClock?: GraphClock;
}

/** A client for Graph on behalf of the owner of one mailbox. */
export interface GraphClient {
  /**
   * Sends a request. Retries up to five times where that is safe, and once more with a new token after a 401.
   * @param onAnswer called with the answer before the next request of the mailbox starts
   * @throws GraphError, in the subclass of its cause; ThrottledError when the mailbox is paused for too long; the
   * signal's reason when it is aborted; what getToken throws
   */
  send<T>(request: GraphRequest<T>, options: SendOptions, onAnswer?: (answer: T) => void): Promise<T>;
  readonly limiter: MailboxLimiter;
  readonly graphClock: GraphClock;
}

/** Creates a client for one mailbox. It is cheap: create one for each piece of work. */
export function createGraphClient({
  baseUrl,
  graphClock = createGraphClock(),
  ...rest
}: GraphClientOptions): GraphClient {
  const root = apiRoot(baseUrl);
  const connection: ConnectionOptions = { ...rest, graphClock };
  return {
    limiter: connection.limiter,
    graphClock,
    send: async (request, options, onAnswer) => {
      const url = request.link === undefined ? new URL(`.${pathOf(request)}`, root) : followUpUrl(request.link, root);
      return untilAnswered(connection, { request, url, onAnswer }, options);
    },
  };
}

interface Sending<T> {
  readonly request: GraphRequest<T>;
  readonly url: URL;
  readonly onAnswer: ((answer: T) => void) | undefined;
}

async function untilAnswered<T>(connection: ConnectionOptions, sending: Sending<T>, options: SendOptions): Promise<T> {
  const { limiter } = connection;
  const { request } = sending;
  const patience = patienceOf(options, limiter);
  const admission = { ...patience, places: request.places ?? 1 };
  const clientRequestId = currentLogContext()['requestId'] ?? randomUUID();
  let refusedToken: string | undefined;
  for (let retry = 1; ; ) {
    const now = { clientRequestId, retry, refusedToken, signal: options.signal };
    const attempt = await limiter.run(() => attemptRequest(connection, { ...sending, ...now }), admission);
    if (attempt.ok) return attempt.answer;
    if (attempt.error.status === 401 && refusedToken === undefined) {
      refusedToken = attempt.token;
      continue;
    }
    if (!isWorthRetry(attempt.error, request, retry)) throw attempt.error;
    if (!attempt.isPaused && !(await backOff(retry, limiter, patience))) throw attempt.error;
    retry += 1;
  }
}
