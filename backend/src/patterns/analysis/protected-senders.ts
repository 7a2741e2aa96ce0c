import { canonicalAddress, canonicalDomain, domainOf } from '../../lib/canonical-address.ts';
import type { AnalyzedMailbox } from './analyzed-mailbox.ts';
import type { OwnerHabits } from '../../models/fields/owner-habits.ts';

/** In canonical form; without an address, all senders of the domain. */
export interface Sender {
  readonly email?: string | undefined;
  readonly domain: string;
}

/** Returns a test for senders whose deletion must never be suggested: correspondents of the owner, and the whitelist. */
export function protectedSenders(
  { settings }: AnalyzedMailbox['row'],
  { correspondents }: Pick<OwnerHabits, 'correspondents'>,
): (sender: Sender) => boolean {
  const senders = new Set([...correspondents, ...settings.whitelistedSenders.map(canonicalAddress)]);
  const domains = new Set(settings.whitelistedDomains.map(canonicalDomain));
  const theirDomains = new Set([...senders].map(domainOf));
  return ({ email, domain }) =>
    domains.has(domain) || (email === undefined ? theirDomains.has(domain) : senders.has(email));
}
