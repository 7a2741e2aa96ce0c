import { z } from 'zod';
import { errorOfShape } from './failures.ts';
import { refusedFields } from './lenient.ts';
import type { GraphRequest } from './request.ts';

/** Accepts an answer without a body, or with a body that is ignored. */
export const noContent = z.unknown().transform(() => undefined);

/** Parses a time of Graph: up to seven fractional digits, in UTC or with an offset. */
export const graphTime = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/**
 * Parses the body of a 2xx answer.
 * @throws GraphError with code unexpected_answer when it does not have the shape that the request declares
 */
export function readBody<T>(request: GraphRequest<T>, status: number, body: unknown): T {
  const parsed = request.answer.safeParse(body);
  if (parsed.success) return parsed.data;
  throw errorOfShape(request, status, refusedFields(parsed.error));
}
