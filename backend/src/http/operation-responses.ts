import type { ResponseConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';

/** The kinds of callers that a route admits. */
export type GuardName = 'probe' | 'public' | 'webhook' | 'signIn' | 'user' | 'admin';

const problemBody = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      requestId: z.string(),
      fields: z
        .array(
          z.object({
            path: z.array(z.string()).describe('Names and indexes from the outside in; empty for the whole'),
            message: z.string(),
          }),
        )
        .optional()
        .describe('Fields of the request that are refused; for codes that are about fields'),
      details: z
        .record(z.string(), z.unknown())
        .optional()
        .describe('What can be chosen instead; where the code has any'),
    }),
  })
  .meta({ id: 'Problem' });

interface Operation {
  readonly guard: GuardName;
  readonly isWrite: boolean;
  readonly hasBody: boolean;
}

/** Describes the answers that routes of this kind have in common; a route's own descriptions replace them. */
export function commonResponses({ guard, isWrite, hasBody }: Operation): Record<number, ResponseConfig> {
  const isSignedIn = guard === 'user' || guard === 'admin';
  return {
    400: problem('invalid_request, or bad_request: the request cannot be parsed'),
    ...(guard === 'probe' ? {} : { 429: problem('too_many_requests: see Retry-After') }),
    ...(isSignedIn ? { 401: problem('not_signed_in') } : {}),
    ...(guard === 'user' && isWrite ? { 403: problem('csrf: the CSRF token is missing or wrong') } : {}),
    ...(guard === 'admin' ? { 403: problem('admins_only; csrf: the CSRF token is missing or wrong') } : {}),
    ...(hasBody ? bodyResponses : {}),
    ...(guard === 'probe' ? {} : { 503: problem('store_unavailable: try again; or proxy_not_trusted') }),
  };
}

const bodyResponses = {
  413: problem('too_large: the body is larger than 1 MB'),
  415: problem('unsupported_media_type: the body is not JSON, or its charset or compression is unknown'),
};

/** Describes an error response. */
export function problem(description: string): ResponseConfig {
  return { description, content: { 'application/json': { schema: problemBody } } };
}

/** Describes a JSON response. */
export function json(schema: z.ZodType, description = 'Success'): ResponseConfig {
  return { description, content: { 'application/json': { schema } } };
}

/** Returns the name of an operation for generated clients, made of its method and path: unique and lasting. */
export function operationIdOf(method: string, path: string): string {
  const words = path.split(/[/{}._-]+/).filter((word) => word !== '' && word !== 'api');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
