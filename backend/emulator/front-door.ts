import type { Control } from './control/control.ts';
import type { Entra } from './entra/entra.ts';
import { EntraFailure, failureReply } from './entra/failure.ts';
import { type RequestFaults, retryAfter } from './faults/request-faults.ts';
import { type AnsweredFault, strike } from './faults/strike.ts';
import type { Graph } from './graph/graph.ts';
import type { EmulatorReply, EmulatorRequest, Handle } from './http/exchange.ts';

interface Services {
  readonly entra: Entra;
  readonly graph: Graph;
  readonly control: Control;
  readonly faults: RequestFaults;
}

/** Sends each request to the service that it is for. */
export function frontDoor({ entra, graph, control, faults }: Services): Handle {
  return async (request) => {
    if (control.knows(request.path)) return control.handle(request);
    if (graph.knows(request.path)) return graph.handle(request);
    if (entra.knows(request.path)) return signIn(entra, faults, request);
    return { status: 404, body: { error: { code: 'NotFound', message: `Nothing is served at ${request.path}` } } };
  };
}

async function signIn(entra: Entra, faults: RequestFaults, request: EmulatorRequest): Promise<EmulatorReply> {
  const { method, path } = request;
  const fault = await strike(faults, { target: 'login', mailbox: entra.mailboxOf(request), method, path });
  if (fault === undefined) return entra.handle(request);
  if (fault.isCarriedOut === true) await entra.handle(request);
  return fault.kind === 'entra' ? entra.refuse(request, fault.aadsts ?? 0) : faultReply(fault);
}

function faultReply(fault: AnsweredFault): EmulatorReply {
  if (fault.kind === 'reset') return { status: 504, isReset: true };
  if (fault.kind === 'empty') return { status: fault.status ?? 500 };
  if (fault.kind === 'error') return { status: fault.status ?? 500, body: { error: fault.code ?? 'server_error' } };
  const isThrottled = fault.kind === 429;
  const message = isThrottled
    ? 'The server has terminated the request due to throttling.'
    : 'The service is temporarily unavailable.';
  const failure = new EntraFailure('temporarily_unavailable', isThrottled ? 90055 : 90033, message, {
    status: typeof fault.kind === 'number' ? fault.kind : 503,
  });
  const reply = failureReply(failure, Date.now());
  const isDated = isThrottled || fault.retryAfterSeconds !== undefined;
  return isDated ? { ...reply, headers: { ...reply.headers, 'retry-after': retryAfter(fault, Date.now()) } } : reply;
}
