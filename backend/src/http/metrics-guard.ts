import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import { equalInConstantTime } from '../lib/crypto.ts';
import { AppError } from '../lib/errors.ts';
import type { Secret } from '../lib/secret.ts';

/** A proxy on this machine forwards requests from elsewhere, and adds one of these headers. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];
const loopback = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/;

/** Admits requests with the token; without a configured token, direct connections from this machine. */
export function requireMetricsReader(token: Secret | undefined): RequestHandler {
  return ({ socket, headers }, response, next) => {
    if (token === undefined) {
      if (!isFromHere(socket.remoteAddress, headers)) {
        throw new AppError(
          403,
          'loopback_only',
          'Metrics are available on this machine only: set METRICS_TOKEN to read them from elsewhere',
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
  const isProxied = proxyHeaders.some((name) => headers[name] !== undefined);
  return !isProxied && loopback.test(remoteAddress ?? '');
}

function presents({ authorization = '' }: IncomingHttpHeaders, token: Secret): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return given !== undefined && equalInConstantTime(given, token.reveal());
}
