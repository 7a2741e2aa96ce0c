import { z } from 'zod';
import { GraphFailure, badRequest } from '../errors.ts';
import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';

const maxParts = 20;
const partsAtATime = 4; // as Outlook runs them

const batch = z.object({
  requests: z.array(
    z.object({
      id: z.string(),
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown().optional(),
      dependsOn: z.array(z.string()).optional(),
    }),
  ),
});
type Part = z.infer<typeof batch>['requests'][number];

interface PartReply {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** POST $batch: 200 with the answer to each part; a part whose forerunner failed is answered 424. @throws 400 */
export async function runBatch(
  request: EmulatorRequest,
  run: (part: EmulatorRequest) => Promise<EmulatorReply>,
): Promise<EmulatorReply> {
  const parts = partsOf(request);
  const replies = new Map<string, PartReply>();
  let waiting = parts;
  while (waiting.length > 0) {
    const ready = waiting
      .filter(({ dependsOn = [] }) => dependsOn.every((id) => replies.has(id)))
      .slice(0, partsAtATime);
    if (ready.length === 0) throw badRequest('dependsOn names a part that does not come.');
    const answered = await Promise.all(ready.map((part) => answerPart(part, { request, run, replies })));
    for (const reply of answered) replies.set(reply.id, reply);
    waiting = waiting.filter(({ id }) => !replies.has(id));
  }
  return { status: 200, body: { responses: [...replies.values()] } };
}

function partsOf({ body }: EmulatorRequest): Part[] {
  const parsed = batch.safeParse(body);
  if (!parsed.success) throw badRequest('Invalid batch payload format.');
  const { requests } = parsed.data;
  if (requests.length > maxParts) {
    throw new GraphFailure(
      400,
      'MaximumValueExceeded',
      `Number of batch request steps exceeds the maximum value of ${maxParts}.`,
    );
  }
  if (new Set(requests.map(({ id }) => id)).size !== requests.length)
    throw badRequest('Request ids of a batch must differ.');
  return requests;
}

interface PartContext {
  readonly request: EmulatorRequest;
  readonly run: (part: EmulatorRequest) => Promise<EmulatorReply>;
  readonly replies: ReadonlyMap<string, PartReply>;
}

async function answerPart(part: Part, { request, run, replies }: PartContext): Promise<PartReply> {
  const failed = part.dependsOn?.some((id) => (replies.get(id)?.status ?? 500) >= 400) ?? false;
  if (failed) {
    return {
      id: part.id,
      status: 424,
      headers: {},
      body: { error: { code: 'FailedDependency', message: 'A part that this one depends on failed.' } },
    };
  }
  const { headers = {}, body, status } = await run(toRequest(part, request));
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' }; // so spelled, as Microsoft's SDK looks for it
  return { id: part.id, status, headers: { ...type, ...headers }, ...(body === undefined ? {} : { body }) };
}

function toRequest(part: Part, whole: EmulatorRequest): EmulatorRequest {
  const url = new URL(part.url.replace(/^\/*/, '/'), whole.origin);
  const headers: Record<string, string | undefined> = { authorization: whole.headers['authorization'] };
  for (const [name, value] of Object.entries(part.headers ?? {})) headers[name.toLowerCase()] = value;
  return {
    method: part.method.toUpperCase(),
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: part.body,
    origin: whole.origin,
  };
}
