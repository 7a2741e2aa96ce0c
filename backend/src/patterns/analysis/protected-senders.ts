import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import type { InboxRule } from './inbox-rules.ts';

/** What is known of an owner beside what they do with mail; read for an analysis, and not kept. */
export interface OwnerHabits {
  /** Addresses that they write to, in lower case. */
  readonly correspondents: ReadonlySet<string>;
  readonly inboxRules: readonly InboxRule[];
}

/** In lower case; without an address it stands for everybody of the domain. */
export interface Sender {
  readonly email?: string | undefined;
  readonly domain: string;
}

/** Tells whose mail must never be suggested for deletion: people the owner writes to, and who is on the whitelist. */
export function protectedSenders(
  { settings }: AnalyzedMailbox['row'],
  { correspondents }: Pick<OwnerHabits, 'correspondents'>,
): (sender: Sender) => boolean {
  const senders = new Set([...correspondents, ...settings.whitelistedSenders]);
  const domains = new Set(settings.whitelistedDomains);
  const theirDomains = new Set([...senders].map(domainOf));
  return ({ email, domain }) =>
    domains.has(domain) || (email === undefined ? theirDomains.has(domain) : senders.has(email));
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
