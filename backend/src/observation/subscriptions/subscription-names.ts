import { randomId } from '../../lib/crypto.ts';

const clientStatePattern = /^([\da-f]{24})\./;
const placeholderPrefix = 'none-';

/** Returns the placeholder that a row has as `subscriptionId` until Graph assigns an id. */
export function placeholderOf(mailboxId: { toString(): string }): string {
  return `${placeholderPrefix}${mailboxId.toString()}`;
}

/** Tells if a row has an id of Graph, and not a placeholder. */
export function isAtGraph({ subscriptionId }: { readonly subscriptionId: string }): boolean {
  return !subscriptionId.startsWith(placeholderPrefix);
}

/**
 * Makes the secret of a new subscription. It begins with the mailbox id, so that the row is found for a notification
 * that arrives before Graph's answer to the creation.
 * @returns 111 characters; Graph takes 128
 */
export function newClientState(mailboxId: { toString(): string }): string {
  return `${mailboxId.toString()}.${randomId()}${randomId()}`;
}

/** Returns the placeholder of the mailbox that a client state begins with; undefined when it begins with none. */
export function placeholderIn(clientState: string): string | undefined {
  const mailboxId = clientStatePattern.exec(clientState)?.[1];
  return mailboxId === undefined ? undefined : placeholderOf(mailboxId);
}
