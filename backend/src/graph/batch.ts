import { z } from 'zod';
import { defined } from '../lib/defined.ts';
import { readBody } from './answer.ts';
import type { GraphClient } from './client.ts';
import { countPart } from './count-requests.ts';
import { GraphError, UnreadableItemError } from './errors.ts';
import { errorOfAnswer, errorOfShape } from './failures.ts';
import { lenientList } from './lenient.ts';
import { type GraphRequest, pathOf, preferenceOf, type SendOptions } from './request.ts';
import { backOff, isWorthRetry, patienceOf, pauseMailbox } from './retry.ts';

/** Graph accepts 20 parts, but Outlook runs four at a time per mailbox, and refuses more. */
const partsAtOnce = 4;

export type PartResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: GraphError };

const batchAnswer = z.object({
  // a part that is not understood counts as missing
  responses: lenientList(
    z.object({
      id: z.string(),
      status: z.number(),
      headers: z.record(z.string(), z.unknown()).nullish(),
      body: z.unknown().optional(),
    }),
  ),
});
type BatchAnswer = z.infer<typeof batchAnswer>;
type PartAnswer = NonNullable<BatchAnswer['responses']>[number];

/**
 * Sends requests as parts of batches, four at a time. Each part has its own result and is retried on its own where that
 * is safe. When a batch fails as a whole, each of its parts fails, and the next batch is sent.
 * @param parts any number; without links
 * @returns a result for each part, in the same order
 * @throws the signal's reason when it is aborted; what getToken throws
 */
export async function sendBatch<T>(
  client: GraphClient,
  parts: readonly GraphRequest<T>[],
  options: SendOptions,
): Promise<PartResult<T>[]> {
  const results: PartResult<T>[] = [];
  for (let start = 0; start < parts.length; start += partsAtOnce) {
    results.push(...(await sendParts(client, parts.slice(start, start + partsAtOnce), options)));
  }
  return results;
}

interface Slot<T> {
  readonly part: GraphRequest<T>;
  result: PartResult<T>;
}

async function sendParts<T>(
  client: GraphClient,
  parts: readonly GraphRequest<T>[],
  options: SendOptions,
): Promise<PartResult<T>[]> {
  const { limiter } = client;
  const patience = patienceOf(options, limiter);
  const slots: Slot<T>[] = parts.map((part) => ({ part, result: unanswered(part) }));
  let pending = slots;
  for (let retry = 1; pending.length > 0; retry += 1) {
    const maxWaitMs = Math.max(0, patience.waitUntilMs - limiter.now());
    const sent = await sendOnce(client, pending, retry, { ...options, maxWaitMs });
    if (!sent.ok) break;
    pending = pending.filter(({ part, result }) => !result.ok && isWorthRetry(result.error, part, retry));
    if (pending.length > 0 && !sent.isPaused && !(await backOff(retry, limiter, patience))) break;
  }
  return slots.map(({ result }) => result);
}

/** Sends all slots in one request and fills in their results. @returns `ok`: false when the batch itself failed */
async function sendOnce<T>(
  client: GraphClient,
  slots: readonly Slot<T>[],
  retry: number,
  options: SendOptions,
): Promise<{ readonly ok: boolean; readonly isPaused: boolean }> {
  let isPaused = false;
  const fillIn = ({ responses }: BatchAnswer): void => {
    const answers = new Map(responses?.map((response) => [response.id, response]));
    for (const [index, slot] of slots.entries()) {
      const answer = answers.get(String(index + 1));
      countPart(slot.part, answer?.status);
      slot.result = resultOf(slot.part, answer);
    }
    isPaused = pauseMailbox(errorsOf(slots), retry, client.limiter);
  };
  try {
    await client.send(batchOf(slots.map(({ part }) => part)), options, fillIn);
    return { ok: true, isPaused };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    // the shape of the batch says nothing about its items
    const failure = error instanceof UnreadableItemError ? asWhole(error) : error;
    for (const slot of slots) slot.result = { ok: false, error: failure };
    return { ok: false, isPaused };
  }
}

function batchOf(parts: readonly GraphRequest<unknown>[]): GraphRequest<BatchAnswer> {
  const requests = parts.map((part, index) => ({
    id: String(index + 1),
    method: part.method,
    url: pathOf(part),
    headers: defined<{ Prefer: string; 'Content-Type'?: string }>({
      Prefer: preferenceOf(part),
      'Content-Type': part.body === undefined ? undefined : 'application/json',
    }),
    body: part.body, // left out of JSON when undefined
  }));
  return {
    method: 'POST',
    route: '/$batch',
    body: { requests },
    repeatable: parts.every(({ repeatable }) => repeatable),
    places: parts.length,
    answer: batchAnswer,
  };
}

function resultOf<T>(part: GraphRequest<T>, answer: PartAnswer | undefined): PartResult<T> {
  if (answer === undefined) return unanswered(part);
  const { status, headers, body } = answer;
  if (status < 200 || status > 299) {
    const byName = new Map(
      Object.entries(headers ?? {}).flatMap(([name, value]) =>
        typeof value === 'string' || typeof value === 'number' ? [[name.toLowerCase(), String(value)]] : [],
      ),
    );
    return { ok: false, error: errorOfAnswer(part, { status, body, header: (name) => byName.get(name) }) };
  }
  try {
    return { ok: true, value: readBody(part, status, body) };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return { ok: false, error };
  }
}

function unanswered<T>(part: GraphRequest<T>): PartResult<T> {
  return { ok: false, error: asWhole(errorOfShape(part, 200, ['the part is missing'])) };
}

function asWhole({ status, code, message, mayHaveHappened }: UnreadableItemError): GraphError {
  return new GraphError({ status, code, message, mayHaveHappened });
}

function errorsOf(slots: readonly Slot<unknown>[]): GraphError[] {
  return slots.flatMap(({ result }) => (result.ok ? [] : [result.error]));
}
