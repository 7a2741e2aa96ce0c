import { AuthError, type INetworkModule, type NetworkRequestOptions, type NetworkResponse } from '@azure/msal-node';
import { toError } from '../../lib/errors.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';

const requestLimitMs = 10_000;
const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Microsoft's sign-in service gave no usable answer: the network failed, or it is overloaded (429) or broken (5xx).
 * An AuthError, because MSAL passes those on and replaces all others by a nameless one.
 */
export class LoginUnavailableError extends AuthError {
  readonly retryAfterMs: number | undefined;

  constructor(errorCode: string, retryAfterMs?: number) {
    super(errorCode, '');
    Object.setPrototypeOf(this, LoginUnavailableError.prototype); // AuthError sets its own
    this.name = 'LoginUnavailableError';
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * The address under which MSAL knows the sign-in service: it accepts https only, so an http origin on this machine
 * (an emulator) is called https toward MSAL, and by its own name on the wire.
 */
export function authorityOrigin(loginUrl: string): string {
  return toWire(loginUrl) === undefined
    ? new URL(loginUrl).origin
    : new URL(loginUrl).origin.replace('http:', 'https:');
}

/** An address that came from MSAL, as it is to be called. */
export function wireUrl(url: string, loginUrl: string): string {
  const origin = authorityOrigin(loginUrl);
  return new URL(url).origin === origin ? url.replace(origin, new URL(loginUrl).origin) : url;
}

/** @returns the origin when it is http on this machine, and only then */
function toWire(loginUrl: string): string | undefined {
  const { protocol, hostname, origin } = new URL(loginUrl);
  return protocol === 'http:' && loopbackHosts.has(hostname) ? origin : undefined;
}

/**
 * Creates the network client of MSAL: it calls the configured origin only, follows no redirects, and waits at most
 * `limitMs`.
 */
export function createLoginNetwork(loginUrl: string, limitMs = requestLimitMs): INetworkModule {
  const send = <T>(method: 'GET' | 'POST', url: string, options?: NetworkRequestOptions) =>
    request<T>(url, { method, loginUrl, limitMs, ...options });
  return {
    sendGetRequestAsync: <T>(url: string, options?: NetworkRequestOptions) => send<T>('GET', url, options),
    sendPostRequestAsync: <T>(url: string, options?: NetworkRequestOptions) => send<T>('POST', url, options),
  };
}

interface LoginRequest extends NetworkRequestOptions {
  readonly method: 'GET' | 'POST';
  readonly loginUrl: string;
  readonly limitMs: number;
}

async function request<T>(
  url: string,
  { method, loginUrl, limitMs, headers, body }: LoginRequest,
): Promise<NetworkResponse<T>> {
  const target = wireUrl(url, loginUrl);
  if (new URL(target).origin !== new URL(loginUrl).origin) throw new LoginUnavailableError('foreign_origin');
  const response = await call(target, {
    method,
    redirect: 'error',
    signal: AbortSignal.timeout(limitMs),
    ...(headers && { headers }),
    ...(body !== undefined && { body }),
  });
  const answer: T = parseJson(response.text); // MSAL says what it expects, and checks it
  return { status: response.status, headers: response.headers, body: answer };
}

interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

async function call(target: string, init: RequestInit): Promise<RawAnswer> {
  const response = await fetch(target, init).catch((error: unknown) => fail(error));
  if (response.status === 429 || response.status >= 500) {
    await response.body?.cancel();
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now());
    throw new LoginUnavailableError(`status_${response.status}`, retryAfterMs);
  }
  const text = await response.text().catch((error: unknown) => fail(error));
  return { status: response.status, headers: Object.fromEntries(response.headers), text };
}

function fail(error: unknown): never {
  throw new LoginUnavailableError(toError(error).name === 'TimeoutError' ? 'timeout' : 'network');
}

function parseJson(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    throw new LoginUnavailableError('unreadable_answer');
  }
}
