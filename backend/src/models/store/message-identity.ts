import { canonicalAddress } from '../../lib/canonical-address.ts';
import { hmacSha256 } from '../../lib/crypto.ts';
import type { MailboxOwner } from '../fields/mailbox-owner.ts';
import { type IMessageState, MessageState } from '../MessageState.ts';
import { isIn } from './query-operators.ts';

/** The properties of a message of Graph that stay when its id changes. */
interface IdentifiedMessage {
  readonly id: string;
  readonly internetMessageId?: string | null | undefined;
  readonly from?:
    | { readonly emailAddress?: { readonly address?: string | null | undefined } | null | undefined }
    | null
    | undefined;
  readonly receivedDateTime?: Date | null | undefined;
}

/**
 * Returns the hash by which a message is recognized under another id. Copies of a message share an internetMessageId, so
 * its sender and the time of its arrival are part of the hash.
 * @param key of the mailbox: without it the hash says nothing about the message, and hashes of two mailboxes never agree
 * @returns 43 characters of base64url; undefined when the message has no internetMessageId or time, or there is no key
 */
export function identityHashOf(
  { internetMessageId, from, receivedDateTime }: Omit<IdentifiedMessage, 'id'>,
  key: string | undefined,
): string | undefined {
  if (key === undefined || !internetMessageId || !receivedDateTime) return undefined;
  const sender = canonicalAddress(from?.emailAddress?.address ?? '');
  return hmacSha256(key, JSON.stringify([internetMessageId, sender, receivedDateTime.getTime()]));
}

/**
 * Finds the message that a vanished one lives on as: the only one with its identity that is not known by itself.
 * @param messages all messages that were received at its time
 * @returns undefined when there is none, or more than one
 */
export async function findSuccessor<T extends IdentifiedMessage>(
  { mailboxId }: Pick<MailboxOwner, 'mailboxId'>,
  vanished: Pick<IMessageState, 'messageId' | 'identityHash'>,
  { messages, key }: { readonly messages: readonly T[]; readonly key: string | undefined },
): Promise<T | undefined> {
  const { messageId, identityHash } = vanished;
  if (identityHash === undefined) return undefined;
  const alike = messages.filter((message) => identityHashOf(message, key) === identityHash);
  const ids = new Set(alike.map(({ id }) => id));
  if (ids.has(messageId)) return undefined; // it is there after all
  const known = await MessageState.find({ mailboxId, messageId: isIn(ids) }, 'messageId').lean();
  for (const state of known) ids.delete(state.messageId);
  const [only, ...others] = ids;
  return others.length > 0 ? undefined : alike.find(({ id }) => id === only);
}
