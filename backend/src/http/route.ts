import type { OpenAPIRegistry, ResponseConfig } from '@asteasolutions/zod-to-openapi';
import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import { type Caller, callerOf } from './authenticate.ts';
import { type Reply, send } from './reply.ts';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** The router and the description that routes are added to, and the guards of each kind of route. */
export interface RouteContext {
  readonly router: Router;
  readonly registry: OpenAPIRegistry;
  readonly guards: {
    /** Anyone may call it. */
    readonly public: readonly RequestHandler[];
    /** Anyone may call it, a few times a minute. */
    readonly signIn: readonly RequestHandler[];
    /** A signed-in person; writes carry the CSRF token. */
    readonly user: readonly RequestHandler[];
    readonly admin: readonly RequestHandler[];
  };
}

interface RouteSpec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly summary: string;
  readonly tag: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly responses: Readonly<Record<number, ResponseConfig>>;
}

interface RouteInput<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
  readonly request: Request;
}

/** Mounts a public route: validation, OpenAPI description and handler in one. */
export function openRoute<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  context: RouteContext,
  [guard, method, path]: readonly ['public' | 'signIn', Method, string],
  spec: RouteSpec<P, Q, B>,
  handle: (input: RouteInput<P, Q, B>) => Promise<Reply>,
): void {
  mount(context, [guard, method, path], spec, handle);
}

/** Mounts a route for signed-in users or admins. The handler receives the caller. */
export function route<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  context: RouteContext,
  [guard, method, path]: readonly ['user' | 'admin', Method, string],
  spec: RouteSpec<P, Q, B>,
  handle: (input: RouteInput<P, Q, B>, caller: Caller) => Promise<Reply>,
): void {
  mount(context, [guard, method, path], spec, (input, response) => handle(input, callerOf(response)));
}

function mount<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  { router, registry, guards }: RouteContext,
  [guard, method, path]: readonly [keyof RouteContext['guards'], Method, string],
  spec: RouteSpec<P, Q, B>,
  handle: (input: RouteInput<P, Q, B>, response: Response) => Promise<Reply>,
): void {
  const { params, query, body } = spec;
  registry.registerPath({
    method,
    path,
    summary: spec.summary,
    tags: [spec.tag],
    security: guard === 'user' || guard === 'admin' ? [{ session: [] }] : [],
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(body && { body: describeBody(body) }),
    },
    responses: { ...commonResponses(guard, method), ...spec.responses },
  });
  const expressPath = path.replaceAll(/\{(\w+)\}/g, ':$1');
  router[method](expressPath, ...guards[guard], async (request, response) => {
    const input = {
      params: check('path', spec.params, request.params),
      query: check('query', spec.query, request.query),
      body: check('body', spec.body, request.body),
      request,
    };
    await send(response, await handle(input, response));
  });
}

/** Passes a part without a schema on unchanged. */
function check<T extends z.ZodType>(part: string, schema: T | undefined, value: unknown): z.output<T>;
function check(part: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return value;
  const { success, data, error } = schema.safeParse(value ?? {});
  if (success) return data;
  throw new AppError(400, 'invalid_request', `The ${part} is not valid: ${z.prettifyError(error)}`);
}

function describeBody(schema: z.ZodType) {
  return { required: !schema.safeParse({}).success, content: { 'application/json': { schema } } };
}

function commonResponses(guard: keyof RouteContext['guards'], method: Method): Record<number, ResponseConfig> {
  return {
    400: problem('invalid_request'),
    ...(guard === 'public' ? {} : { 429: problem('too_many_requests: see Retry-After') }),
    ...(guard === 'user' || guard === 'admin' ? { 401: problem('not_signed_in') } : {}),
    ...(guard === 'user' && method !== 'get' ? { 403: problem('csrf: the CSRF token is missing or wrong') } : {}),
    ...(guard === 'admin' ? { 403: problem('admins_only; csrf: the CSRF token is missing or wrong') } : {}),
  };
}

const problemBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    requestId: z.string(),
    details: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('What can be chosen instead; where the code has any'),
  }),
});

/** Describes an error response. */
export function problem(description: string): ResponseConfig {
  return { description, content: { 'application/json': { schema: problemBody } } };
}

/** Describes a JSON response. */
export function json(schema: z.ZodType, description = 'Success'): ResponseConfig {
  return { description, content: { 'application/json': { schema } } };
}
