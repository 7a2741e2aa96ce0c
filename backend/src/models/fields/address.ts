import { canonicalAddress, canonicalDomain } from '../../lib/canonical-address.ts';

/** How an e-mail address is declared: stored in canonical form, and so looked for, however it was typed. */
export const address = { type: String, set: (given: unknown) => changed(given, canonicalAddress) } as const;

/** How a domain is declared: as `address`. */
export const domain = { type: String, set: (given: unknown) => changed(given, canonicalDomain) } as const;

/** Leaves what is not a text to the validation that follows. */
function changed(given: unknown, canonical: (text: string) => string): unknown {
  return typeof given === 'string' ? canonical(given) : given;
}
