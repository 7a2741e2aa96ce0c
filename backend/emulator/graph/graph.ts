import type { AccessToken, Grants } from '../entra/grants.ts';
import { DefaultFolderMissing, GraphFailure, badRequest, graphErrorBody, newRequestId } from '../errors.ts';
import { type FaultSubject, type RequestFaults, retryAfter } from '../faults/request-faults.ts';
import { type AnsweredFault, answered, strike } from '../faults/strike.ts';
import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import type { TenantBehavior } from '../tenant-behavior.ts';
import type { Throttle } from '../throttle.ts';
import { authenticate } from './authenticate.ts';
import { runBatch } from './batch.ts';
import { type GraphParts, prefersImmutableIds } from './context.ts';
import { graphPath } from './paths.ts';
import { graphRoutes } from './routes.ts';

export interface GraphServiceParts extends GraphParts {
  readonly grants: Grants;
  readonly faults: RequestFaults;
  readonly throttle: Throttle;
}

const graphPrefix = '/v1.0';
const resetReply: EmulatorReply = { status: 504, isReset: true };

/** Graph v1.0: every request passes token, faults and limits before it is answered. */
export class Graph {
  readonly #parts: GraphServiceParts;
  readonly #routes = graphRoutes();

  constructor(parts: GraphServiceParts) {
    this.#parts = parts;
  }

  knows(path: string): boolean {
    return path.startsWith(`${graphPrefix}/`);
  }

  async handle(whole: EmulatorRequest): Promise<EmulatorReply> {
    const request = { ...whole, path: whole.path.slice(graphPrefix.length) };
    const isBatch = request.method === 'POST' && request.path === '/$batch';
    const reply = await (isBatch ? this.#batch(request) : this.#single(request));
    const date = new Date(this.#parts.clock.now()).toUTCString(); // Graph's own time
    return { ...reply, headers: { date, ...reply.headers } };
  }

  #batch(request: EmulatorRequest): Promise<EmulatorReply> {
    return this.#replying(request, async () => {
      authenticate(this.#parts.grants, this.#parts.clock, request);
      return runBatch(request, (part) => this.#single(part));
    });
  }

  #single(request: EmulatorRequest): Promise<EmulatorReply> {
    return this.#replying(request, async () => {
      const { grants, clock, faults } = this.#parts;
      const token = authenticate(grants, clock, request);
      const path = graphPath(request.path, token.person);
      const leave = this.#enter(token, path);
      try {
        const subject = { target: 'graph', mailbox: token.person.email, method: request.method, path } as const;
        const fault = (await strike(faults, subject)) ?? this.#whim(subject);
        if (fault?.isCarriedOut === true) await this.#route({ ...request, path }, token);
        if (fault?.kind === 'reset') return resetReply;
        if (fault?.kind === 'empty') return { status: fault.status ?? 500 };
        if (fault !== undefined) throw failureOf(fault);
        return await this.#route({ ...request, path }, token);
      } finally {
        leave();
      }
    });
  }

  #whim(subject: FaultSubject): AnsweredFault | undefined {
    const fault = isOutlook(subject.path) ? this.#parts.awkward.requestFault(subject) : undefined;
    return fault === undefined ? undefined : answered(fault);
  }

  /** Outlook's limits are those of a mailbox; subscriptions and the profile are not Outlook's. */
  #enter({ person }: AccessToken, path: string): () => void {
    if (!isOutlook(path)) return () => undefined;
    const leave = this.#parts.throttle.enter(person.email);
    if (person.hasMailbox) return leave;
    leave();
    const message = 'The mailbox is either inactive, soft-deleted, or is hosted on-premise.';
    throw new GraphFailure(404, 'MailboxNotEnabledForRESTAPI', message);
  }

  async #route(request: EmulatorRequest, token: AccessToken): Promise<EmulatorReply> {
    const match = this.#routes.match(request.method, request.path);
    if (match === undefined) {
      if (this.#routes.knows(request.path))
        throw new GraphFailure(
          405,
          'Request_BadRequest',
          'Specified HTTP method is not allowed for the request target.',
        );
      throw badRequest(`Resource not found for the segment '${request.path.split('/').at(-1) ?? ''}'.`);
    }
    const immutableIds = prefersImmutableIds(request);
    const reply = await match.target({
      ...this.#parts,
      request,
      params: match.params,
      person: token.person,
      mailbox: token.person.mailbox,
      token,
      immutableIds,
    });
    return immutableIds
      ? { ...reply, headers: { ...reply.headers, 'preference-applied': 'IdType="ImmutableId"' } }
      : reply;
  }

  async #replying(request: EmulatorRequest, run: () => Promise<EmulatorReply>): Promise<EmulatorReply> {
    const ids = { requestId: newRequestId(), clientRequestId: request.headers['client-request-id'] };
    const headers = { 'request-id': ids.requestId, 'client-request-id': ids.clientRequestId ?? ids.requestId };
    try {
      const reply = await run();
      return { ...reply, headers: { ...headers, ...reply.headers } };
    } catch (error) {
      if (!(error instanceof GraphFailure)) throw error;
      const { clock, tenant } = this.#parts;
      const failure = error instanceof DefaultFolderMissing ? asTenant(error, tenant) : error;
      const body = graphErrorBody(failure, { ...ids, nowMs: clock.now() });
      return { status: failure.status, headers: { ...headers, ...failure.headers }, body };
    }
  }
}

function asTenant({ message }: DefaultFolderMissing, { missingFolder }: TenantBehavior): GraphFailure {
  return new GraphFailure(missingFolder.status, missingFolder.code, message);
}

/** The failure that a fault stands for. Dates in `Retry-After` are the machine's time, which the caller waits by. */
function failureOf(fault: AnsweredFault): GraphFailure {
  const headers = { 'retry-after': retryAfter(fault, Date.now()) };
  switch (fault.kind) {
    case 429:
      return new GraphFailure(
        429,
        'ApplicationThrottled',
        'Application is over its MailboxConcurrency limit.',
        headers,
      );
    case 503:
      return new GraphFailure(
        503,
        'serviceNotAvailable',
        'The service is temporarily unavailable.',
        fault.retryAfterSeconds === undefined ? {} : headers,
      );
    case 504:
      return new GraphFailure(504, 'UnknownError', 'Gateway timeout.');
    case 500:
      return new GraphFailure(500, 'InternalServerError', 'The server encountered an internal error.');
    case 'error':
      return new GraphFailure(fault.status ?? 500, fault.code ?? 'UnknownError', fault.message ?? '');
    case 'entra':
    case 'empty':
    case 'reset':
      return new GraphFailure(504, 'UnknownError', 'The connection was cut.');
    default:
      return fault.kind satisfies never;
  }
}

function isOutlook(path: string): boolean {
  return path.startsWith('/me/');
}
