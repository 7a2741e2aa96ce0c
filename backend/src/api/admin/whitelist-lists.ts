import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { domain, email } from '../schemas.ts';

const maxEntries = 1_000;

/** Whitelisted addresses, normalized: lower case, the domain in punycode as mail carries it, without duplicates. */
export const whitelistedSenders = list(z.string().max(320).transform(normalizeAddress).pipe(email));

/** Whitelisted domains, normalized in the same way. A leading @ is dropped. */
export const whitelistedDomains = list(z.string().max(320).transform(normalizeDomain).pipe(domain)).describe(
  'Includes subdomains: example.com also protects mail from news.example.com',
);

function list(entry: z.ZodType<string, string>) {
  return z
    .array(entry)
    .max(maxEntries)
    .transform((entries) => [...new Set(entries)]);
}

function normalizeAddress(text: string): string {
  const address = text.trim();
  const at = address.lastIndexOf('@');
  return at === -1 ? address : `${address.slice(0, at + 1)}${normalizeDomain(address.slice(at + 1))}`;
}

/** Returns an empty or unchanged text for what is not a domain: the validation that follows refuses both. */
function normalizeDomain(text: string): string {
  const name = text.trim().replace(/^@/, '').trim();
  return /^[\u0021-\u007e]*$/.test(name) ? name : domainToASCII(name);
}
