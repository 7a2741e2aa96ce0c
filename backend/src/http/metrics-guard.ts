import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import { equalInConstantTime } from '../lib/crypto.ts';
import { AppError } from '../lib/errors.ts';
import type { Secret } from '../lib/secret.ts';

/** A proxy on this machine connects from here, for somebody who may be anywhere: it says so with one of these. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];
const loopback = /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/;

/** Lets through who presents the token; without a token set, programs of this machine that connect by themselves. */
export function requireMetricsReader(token: Secret | undefined): RequestHandler {
  return ({ socket, headers }, response, next) => {
    if (token === undefined) {
      if (!isFromHere(socket.remoteAddress, headers)) {
        throw new AppError(403, 'loopback_only', 'Metrics are for this machine only, unless METRICS_TOKEN is set');
      }
    } else if (!presents(headers, token)) {
      response.set('www-authenticate', 'Bearer');
      throw new AppError(401, 'metrics_token', 'Metrics need the header Authorization: Bearer with METRICS_TOKEN');
    }
    next();
  };
}

/**
 * Whether a program of this machine asks for itself.
 * @param remoteAddress the socket's own: what a header says of an address can be made up
 */
export function isFromHere(remoteAddress: string | undefined, headers: IncomingHttpHeaders): boolean {
  const isProxied = proxyHeaders.some((name) => headers[name] !== undefined);
  return !isProxied && loopback.test(remoteAddress ?? '');
}

function presents({ authorization = '' }: IncomingHttpHeaders, token: Secret): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return given !== undefined && equalInConstantTime(given, token.reveal());
}
