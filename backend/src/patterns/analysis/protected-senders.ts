import { domainOf } from '../../lib/canonical-address.ts';
import type { OwnerHabits } from '../../models/fields/owner-habits.ts';
import { isWhitelisted, isWhitelistedDomain, type Whitelist } from '../../rules/whitelist.ts';
import type { Protection } from '../detection/protection.ts';

/** In canonical form; without an address, all senders of the domain. */
interface SenderAddress {
  readonly email?: string | undefined;
  readonly domain: string;
}

/** Returns a function that tells the protection of a sender. */
export type ProtectionOf = (sender: SenderAddress) => Protection;

/**
 * Protects whitelisted senders from all suggestions, as no rule touches their mail, and correspondents of the owner from
 * suggestions to delete, move or archive their mail. A domain is protected from these if one of these senders has it.
 */
export function protectedSenders(
  whitelist: Whitelist,
  { correspondents }: Pick<OwnerHabits, 'correspondents'>,
): ProtectionOf {
  const theirDomains = new Set([...correspondents, ...whitelist.senders].map(domainOf));
  return ({ email, domain }) => {
    if (email === undefined) {
      if (isWhitelistedDomain(whitelist, domain)) return 'everything';
      return theirDomains.has(domain) ? 'removal' : 'none';
    }
    if (isWhitelisted(whitelist, email)) return 'everything';
    return correspondents.has(email) ? 'removal' : 'none';
  };
}
