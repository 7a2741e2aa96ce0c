import express, { type RequestHandler } from 'express';
import { AppError } from '../lib/errors.ts';

const parse = express.json({ limit: '1mb' });

/**
 * Parses JSON bodies up to 1 MB, also compressed ones. Mounted after the guards, so that nothing is read for those who
 * are not admitted.
 */
export function parseJsonBody(): RequestHandler {
  return (request, response, next) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    const hasBody = encoding !== undefined || Number(length ?? 0) > 0;
    if (hasBody && request.is('json') === false) {
      throw new AppError(415, 'unsupported_media_type', 'Send the body as JSON: Content-Type: application/json');
    }
    parse(request, response, next);
  };
}
