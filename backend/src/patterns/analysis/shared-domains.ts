import { createRequire } from 'node:module';
import { z } from 'zod';
import { canonicalAddress, canonicalDomain, domainOf } from '../../lib/canonical-address.ts';

/** Providers that the list of the package lacks. */
const further = ['fastmail.com', 'gmx.ch', 'posteo.de'];

/** Public mail providers. Node 20 warns of an import of JSON, so it is required. */
const publicProviders: ReadonlySet<string> = new Set(
  [...z.array(z.string()).parse(createRequire(import.meta.url)('email-providers/all.json')), ...further].map(
    canonicalDomain,
  ),
);

/**
 * Returns a test for domains whose senders have nothing else in common: public providers and the owner's organization,
 * and '' for senders without a domain.
 * @param ownAddress the address of the mailbox
 */
export function sharedDomains(ownAddress: string): (domain: string) => boolean {
  const own = domainOf(canonicalAddress(ownAddress));
  return (domain) => domain === '' || domain === own || publicProviders.has(domain);
}
