import { randomId } from '../../lib/crypto.ts';

const clientStatePattern = /^([\da-f]{24})\./;
const placeholderPrefix = 'none-';

/** What the row of a mailbox names as long as Graph has given its subscription no id. */
export function placeholderOf(mailboxId: { toString(): string }): string {
  return `${placeholderPrefix}${mailboxId.toString()}`;
}

/** Whether a row names a subscription that Graph knows. */
export function isAtGraph({ subscriptionId }: { readonly subscriptionId: string }): boolean {
  return !subscriptionId.startsWith(placeholderPrefix);
}

/**
 * A secret for a new subscription. It begins with the mailbox, so that a notification which is there before Graph's
 * answer to the creation finds its row.
 * @returns 111 characters; Graph takes 128
 */
export function newClientState(mailboxId: { toString(): string }): string {
  return `${mailboxId.toString()}.${randomId()}${randomId()}`;
}

/** The placeholder of the mailbox that a client state begins with. */
export function placeholderIn(clientState: string): string | undefined {
  const mailboxId = clientStatePattern.exec(clientState)?.[1];
  return mailboxId === undefined ? undefined : placeholderOf(mailboxId);
}
