import { z } from 'zod';
import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import { type Params, Router } from '../http/router.ts';

export interface ControlRequest<Body> {
  readonly body: Body;
  readonly params: Params;
  readonly query: URLSearchParams;
}

type Endpoint = (request: EmulatorRequest, params: Params) => EmulatorReply;

/** The control API's routes: input is checked, and what a handler returns is the answer. */
export class Endpoints {
  readonly #router = new Router<Endpoint>();
  readonly #list: string[] = [];

  /** @param handle a result of undefined is answered 204 */
  add<Body>(
    method: string,
    path: string,
    shape: z.ZodType<Body>,
    handle: (request: ControlRequest<Body>) => unknown,
  ): this {
    this.#list.push(`${method} ${path}`);
    this.#router.add(method, path, ({ body, query }, params) => {
      const result = handle({ body: shape.parse(body ?? {}), params, query });
      return result === undefined ? { status: 204 } : { status: 200, body: result };
    });
    return this;
  }

  /** Method and path of each. */
  list(): readonly string[] {
    return this.#list;
  }

  answer(request: EmulatorRequest): EmulatorReply {
    const match = this.#router.match(request.method, request.path);
    if (match === undefined)
      return { status: 404, body: { error: `No control at ${request.method} ${request.path}; see GET /_emulator` } };
    try {
      return match.target(request, match.params);
    } catch (error) {
      const message =
        error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error);
      return { status: 400, body: { error: message } };
    }
  }
}

/** For endpoints that take no body. */
export const nothing = z.object({});
