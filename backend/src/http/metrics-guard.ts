import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import { equalInConstantTime } from '../lib/crypto.ts';
import { AppError } from '../lib/errors.ts';
import type { Secret } from '../lib/secret.ts';
import { isProxied } from './proxy-guard.ts';

const loopback = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/;
/** A page that makes its own name point to this machine is sent here by the browser with that name as its host. */
const loopbackHost = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

export interface MetricsReaders {
  /** The bearer token; undefined: only this machine may read. */
  readonly token: Secret | undefined;
  /** True when a reverse proxy stands in front: then no connection tells where its request comes from. */
  readonly hasProxy: boolean;
}

/** Admits requests with the token; without token and proxy, direct connections from this machine. */
export function requireMetricsReader({ token, hasProxy }: MetricsReaders): RequestHandler {
  return ({ socket, headers }, response, next) => {
    if (token === undefined) {
      if (hasProxy || !isFromHere(socket.remoteAddress, headers)) {
        throw new AppError(
          403,
          'loopback_only',
          'Without METRICS_TOKEN metrics are available at localhost only, and without a proxy: set it to read them from elsewhere',
        );
      }
    } else if (!presents(headers, token)) {
      response.set('www-authenticate', 'Bearer');
      throw new AppError(401, 'metrics_token', 'Send METRICS_TOKEN in the header Authorization: Bearer');
    }
    next();
  };
}

/**
 * Returns true for a direct connection from this machine.
 * @param remoteAddress the address of the socket; headers can be forged
 * @internal exported for its tests
 */
export function isFromHere(remoteAddress: string | undefined, headers: IncomingHttpHeaders): boolean {
  return !isProxied(headers) && loopback.test(remoteAddress ?? '') && loopbackHost.test(headers.host ?? '');
}

function presents({ authorization = '' }: IncomingHttpHeaders, token: Secret): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return given !== undefined && equalInConstantTime(given, token.reveal());
}
