import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { domain, email } from '../schemas.ts';

const maxEntries = 1_000;

/**
 * The addresses of a whitelist as the service compares them: lower case, the domain as it stands in mail (punycode),
 * each once.
 */
export const whitelistedSenders = list(z.string().max(320).transform(normalizeAddress).pipe(email));

/** The domains of a whitelist, in the same way; with an @ before it is the same domain. */
export const whitelistedDomains = list(z.string().max(320).transform(normalizeDomain).pipe(domain)).describe(
  'Each stands for all domains below it, too: example.com protects mail of news.example.com',
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

/** What is no domain becomes the empty text, or stays what it is: the check that follows refuses both. */
function normalizeDomain(text: string): string {
  const name = text.trim().replace(/^@/, '').trim();
  return /^[\u0021-\u007e]*$/.test(name) ? name : domainToASCII(name);
}
