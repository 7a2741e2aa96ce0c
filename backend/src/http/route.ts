import type { OpenAPIRegistry, ResponseConfig } from '@asteasolutions/zod-to-openapi';
import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import { type Caller, callerOf } from './authenticate.ts';
import { parseJsonBody } from './json-body.ts';
import { commonResponses, type GuardName, operationIdOf } from './operation-responses.ts';
import type { Limits } from './rate-limit.ts';
import { type Reply, send } from './reply.ts';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** The router and the description that routes are added to, and the guards of each kind of route. */
export interface RouteContext {
  readonly router: Router;
  readonly registry: OpenAPIRegistry;
  /**
   * probe: anyone may call it, as often as they like; public: anyone, within a limit; webhook: anyone, within a high
   * limit; signIn: anyone, a few times a minute; user: a signed-in person, whose writes carry the CSRF token; admin
   */
  readonly guards: Readonly<Record<GuardName, readonly RequestHandler[]>>;
  /** Limits for routers that are not described as routes. */
  readonly limits: Pick<Limits, 'strangers' | 'person' | 'boardActs'>;
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
  [guard, method, path]: readonly [Exclude<GuardName, 'user' | 'admin'>, Method, string],
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
  [guard, method, path]: readonly [GuardName, Method, string],
  spec: RouteSpec<P, Q, B>,
  handle: (input: RouteInput<P, Q, B>, response: Response) => Promise<Reply>,
): void {
  const { params, query, body } = spec;
  const isWrite = method !== 'get';
  const hasBody = body !== undefined;
  const isSignedIn = guard === 'user' || guard === 'admin';
  registry.registerPath({
    method,
    path,
    operationId: operationIdOf(method, path),
    summary: spec.summary,
    tags: [spec.tag],
    security: isSignedIn ? [{ session: [], ...(isWrite && { csrf: [] }) }] : [],
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(body && { body: describeBody(body) }),
    },
    responses: { ...commonResponses({ guard, isWrite, hasBody }), ...spec.responses },
  });
  const expressPath = path.replaceAll(/\{(\w+)\}/g, ':$1');
  const isPersonal = isSignedIn || guard === 'signIn';
  const handlers = [...(isPersonal ? [doNotStore] : []), ...guards[guard], ...(hasBody ? [parseJsonBody()] : [])];
  router[method](expressPath, ...handlers, async (request, response) => {
    const input = {
      params: check('path', spec.params, request.params),
      query: check('query', spec.query, request.query),
      body: check('body', spec.body, request.body),
      request,
    };
    await send(response, await handle(input, response));
  });
}

/** Keeps what concerns a person, refusals too, out of every cache. */
const doNotStore: RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store');
  next();
};

/** Passes a part without a schema on unchanged. */
function check<T extends z.ZodType>(part: string, schema: T | undefined, value: unknown): z.output<T>;
function check(part: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return value;
  const { success, data, error } = schema.safeParse(value ?? {});
  if (success) return data;
  const fields = error.issues.map(({ path, message }) => ({ path: path.map(String), message }));
  throw new AppError(400, 'invalid_request', `The ${part} is not valid: ${z.prettifyError(error)}`, { fields });
}

function describeBody(schema: z.ZodType) {
  return { required: !schema.safeParse({}).success, content: { 'application/json': { schema } } };
}

export { json, problem } from './operation-responses.ts';
