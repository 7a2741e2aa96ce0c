import { canonicalAddress, canonicalDomain } from '../../lib/canonical-address.ts';

/** Declares an e-mail address: stored and looked up in canonical form, however it was typed. */
export const address = { type: String, set: (given: unknown) => changed(given, canonicalAddress) } as const;

/** Declares a domain, as `address` does an address. */
export const domain = { type: String, set: (given: unknown) => changed(given, canonicalDomain) } as const;

/** Leaves what is not a text to the validation that follows. */
function changed(given: unknown, canonical: (text: string) => string): unknown {
  return typeof given === 'string' ? canonical(given) : given;
}
