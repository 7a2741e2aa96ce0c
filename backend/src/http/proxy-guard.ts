import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import { AppError } from '../lib/errors.ts';

/** The headers that reverse proxies add to the requests they forward. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/** Tells if settings lack TRUST_PROXY: the service speaks plain http, so something in front of it speaks https. */
export function lacksProxy(appUrl: string, trustProxy: number | string | undefined): boolean {
  return appUrl.startsWith('https://') && trustProxy === undefined;
}

/** Tells if a reverse proxy has forwarded a request, or its sender pretends so. */
export function isProxied(headers: IncomingHttpHeaders): boolean {
  return proxyHeaders.some((name) => headers[name] !== undefined);
}

/**
 * Refuses forwarded requests. Without TRUST_PROXY the address of every client is that of the proxy: they would share
 * one limit, and a forged header would pass for the proxy's.
 */
export function refuseUnknownProxy(): RequestHandler {
  return ({ headers }, _response, next) => {
    if (isProxied(headers)) {
      throw new AppError(
        503,
        'proxy_not_trusted',
        'A reverse proxy forwards requests, but TRUST_PROXY is not set: set it to the number of proxies in front',
      );
    }
    next();
  };
}
