import { sendBatch } from '../../graph/batch.ts';
import type { GraphClient } from '../../graph/client.ts';
import { GraphError, ItemNotFoundError, MailboxNotEnabledError, TokenRefusedError } from '../../graph/errors.ts';
import { getMessage, type Message, messagesReceivedAt } from '../../graph/messages.ts';
import { items } from '../../graph/paging.ts';

// What Graph is asked to tell a message under a new id from another message: see follow-changed-ids.ts.

interface Asking {
  readonly client: GraphClient;
  readonly signal: AbortSignal;
}

/** Reads messages by id. @returns those that Graph does not find; one that cannot be read is there */
export async function readMissed(
  { client, signal }: Asking,
  messageIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (messageIds.length === 0) return new Set();
  const results = await sendBatch(client, messageIds.map(getMessage), { signal });
  const missed = new Set<string>();
  for (const [index, messageId] of messageIds.entries()) {
    const result = results[index];
    if (result === undefined || result.ok) continue;
    if (result.error instanceof ItemNotFoundError) missed.add(messageId);
    else throwIfPassing(result.error);
  }
  return missed;
}

/**
 * Lists the messages that were received at each time, in milliseconds.
 * @returns nothing for a time that Graph refuses to be asked for: then a message that is not found is gone
 */
export async function readReceivedAt(
  { client, signal }: Asking,
  times: readonly Date[],
): Promise<ReadonlyMap<number, readonly Message[]>> {
  const options = { signal };
  const distinct = [...new Set(times.map((time) => time.getTime()))];
  const requests = distinct.map((ms) => messagesReceivedAt(new Date(ms)));
  const results = await sendBatch(client, requests, options);
  const found = new Map<number, Message[]>();
  for (const [index, ms] of distinct.entries()) {
    const [result, request] = [results[index], requests[index]];
    if (result === undefined || request === undefined) continue;
    if (!result.ok) {
      throwIfPassing(result.error);
      continue;
    }
    const messages = [...result.value.items];
    found.set(ms, messages);
    const { nextLink: link } = result.value;
    if (link === undefined) continue;
    for await (const message of items(client, { ...request, link }, options)) messages.push(message);
  }
  return found;
}

/** @throws the error unless it says something about the one message only, for good */
function throwIfPassing(error: unknown): void {
  const isFinal = error instanceof GraphError && !error.retryable;
  if (!isFinal || error instanceof TokenRefusedError || error instanceof MailboxNotEnabledError) throw error;
}
