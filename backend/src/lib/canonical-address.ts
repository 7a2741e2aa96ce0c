import { domainToASCII } from 'node:url';

/** Matches what a URL would read as something else than a part of its host. */
const noPartOfHost = /[\s/\\?#@:%[\]\p{Cc}]/u;
/** Of a domain name, in characters (RFC 1035). */
const maxLength = 253;
/** Of any address, in characters. */
const maxAddressLength = 1_000;
const ascii = /^\p{ASCII}*$/u;

/** Matches an X.500 address, which Exchange uses inside an organization: "/O=Contoso/OU=…/CN=…". */
const x500 = /^\/[^/=]+=/u;

/**
 * Returns the one form in which addresses are stored and compared: trimmed, NFC, lower case, the domain as
 * `canonicalDomain` returns it. Plus-addresses keep their suffix. An X.500 address and one without an @ have no domain.
 * Idempotent; the rest of a text that is no address is left as it is.
 */
export function canonicalAddress(text: string): string {
  const folded = fold(text);
  const at = placeOfAt(folded);
  if (at === -1) return folded;
  return `${folded.slice(0, at + 1)}${canonicalDomain(folded.slice(at + 1))}`;
}

/**
 * Returns the one form in which domains are stored and compared: trimmed, lower case, without the dot of the root, an
 * internationalized name in punycode (UTS #46), as mail carries it. Idempotent; a text that is no domain is only folded.
 */
export function canonicalDomain(text: string): string {
  const folded = fold(text);
  const name = folded.endsWith('.') && !folded.endsWith('..') ? folded.slice(0, -1) : folded;
  if (name.length > maxLength || ascii.test(name) || noPartOfHost.test(name)) return name;
  const converted = domainToASCII(name);
  return converted === '' || converted.endsWith('.') ? name : converted;
}

/**
 * Returns the part after the last @.
 * @param address in canonical form
 * @returns undefined for an address without one: X.500, or a name inside an organization
 */
export function domainOf(address: string): string | undefined {
  const at = placeOfAt(address);
  return at === -1 || at === address.length - 1 ? undefined : address.slice(at + 1);
}

function placeOfAt(address: string): number {
  return x500.test(address) ? -1 : address.lastIndexOf('@');
}

/** Lower case can leave the composed form, as that of "İ" does. */
function fold(text: string): string {
  if (text.length > maxAddressLength) return text; // no address of a sender is so long
  return text.normalize('NFC').toLowerCase().normalize('NFC').trim();
}
