import { z } from 'zod';
import { errorOfShape } from './failures.ts';
import type { GraphRequest } from './request.ts';

/** The answer to a request that is answered with nothing, or with nothing of interest. */
export const noContent = z.unknown().transform(() => undefined);

/** A point in time, as Graph writes it: up to seven digits of a second, in UTC or with an offset. */
export const graphTime = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

/**
 * What the body of an answer of 2xx says, in our types.
 * @throws GraphError with code unexpected_answer when it is not what the request says it is
 */
export function readBody<T>(request: GraphRequest<T>, status: number, body: unknown): T {
  const parsed = request.answer.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'body').slice(0, 3);
  throw errorOfShape(request, status, fields.join(', '));
}
