import { GraphError, ItemNotFoundError } from '../graph/errors.ts';
import { getMessage, type Message, messagesReceivedAt } from '../graph/messages.ts';
import { items } from '../graph/paging.ts';
import { Mailbox, type IMessageState, MessageState } from '../models/index.ts';
import { findByFormerId, followChangedId, renameMessage } from '../models/store/changed-id.ts';
import { findSuccessor } from '../models/store/message-identity.ts';
import type { WriteLease } from './write-lease.ts';
import type { Types } from 'mongoose';

// A message that is not found may live on under another id: see models/store/changed-id.ts.

type Lookup = Pick<WriteLease, 'client' | 'signal' | 'mailboxId' | 'userId'>;

/** Longest throttling of a read: others wait for the mailbox meanwhile. */
const readPatienceMs = 5_000;

/**
 * Reads the metadata of a message, under another id if its id has changed: then everything that is known about it gets
 * the new id. Before a message counts as gone, Graph is asked twice.
 * @returns the message, whose `id` is the current one; undefined if it is gone
 * @throws GraphError; the signal's reason
 */
export async function lookAt(lookup: Lookup, messageId: string): Promise<Message | undefined> {
  const found = await readOnce(lookup, messageId);
  if (found !== undefined) return found;
  const currentId = await findByFormerId(lookup, messageId);
  if (currentId !== undefined && currentId !== messageId) {
    await followChangedId(lookup, messageId, currentId);
    return lookAt(lookup, currentId);
  }
  return (await readOnce(lookup, messageId)) ?? searchFor(lookup, messageId);
}

/** Notes that Graph has given a message another id in its answer to a change. */
export async function noteChangedId(lookup: Lookup, from: string, to: string): Promise<void> {
  const state = await readState(lookup, from);
  if (state !== undefined) await rename(lookup, state, to);
}

async function readOnce({ client, signal }: Lookup, messageId: string): Promise<Message | undefined> {
  try {
    return { ...(await client.send(getMessage(messageId), { signal, maxWaitMs: readPatienceMs })), id: messageId };
  } catch (error) {
    if (error instanceof ItemNotFoundError) return undefined;
    throw error;
  }
}

type LostState = Pick<IMessageState, 'messageId' | 'version' | 'identityHash' | 'receivedAt'> & {
  readonly _id: Types.ObjectId;
};

async function readState({ mailboxId }: Lookup, messageId: string): Promise<LostState | undefined> {
  const state = await MessageState.findOne(
    { mailboxId, messageId },
    'messageId version identityHash receivedAt',
  ).lean();
  return state ?? undefined;
}

/** Looks for the message among all that were received at its time. */
async function searchFor(lookup: Lookup, messageId: string): Promise<Message | undefined> {
  const { client, signal, mailboxId } = lookup;
  const state = await readState(lookup, messageId);
  if (state?.identityHash === undefined || state.receivedAt === undefined) return undefined;
  const key = (await Mailbox.findById(mailboxId, 'identityKey').lean())?.identityKey;
  const messages: Message[] = [];
  const options = { signal, maxWaitMs: readPatienceMs };
  for await (const message of items(client, messagesReceivedAt(state.receivedAt), options)) messages.push(message);
  const successor = await findSuccessor(lookup, state, { messages, key });
  if (successor === undefined) return undefined;
  return (await rename(lookup, state, successor.id)) ? successor : undefined;
}

/** @throws a retryable GraphError while observation is writing the state of the message */
async function rename(lookup: Lookup, state: LostState, to: string): Promise<boolean> {
  const renaming = await renameMessage(lookup, state, to);
  if (renaming !== 'changed') return renaming === 'renamed';
  const message = 'The message changed while its new id was noted: it will be read again';
  throw new GraphError({ status: 0, code: 'overtaken', message, retryable: true });
}
