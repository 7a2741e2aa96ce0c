import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import type { OwnerHabits } from '../../models/fields/owner-habits.ts';

/** In lower case; without an address, all senders of the domain. */
export interface Sender {
  readonly email?: string | undefined;
  readonly domain: string;
}

/** Returns a test for senders whose deletion must never be suggested: correspondents of the owner, and the whitelist. */
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

/** Returns the domain of an address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
