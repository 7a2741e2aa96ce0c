import { z } from 'zod';
import { senderAddress, senderDomain } from '../schemas.ts';

const maxEntries = 1_000;
const maxLength = 320;

/** Whitelisted addresses in canonical form, without duplicates. */
export const whitelistedSenders = list(senderAddress);

const anyDomain = z
  .string()
  .max(maxLength)
  .transform((text) => text.trim().replace(/^@/, ''))
  .pipe(senderDomain)
  .refine((domain) => domain.includes('.'), 'must not be a top-level domain');

/** Whitelisted domains in canonical form, without duplicates. A leading @ is dropped. */
export const whitelistedDomains = list(anyDomain).describe(
  'Includes subdomains: example.com also protects mail from news.example.com',
);

function list(entry: z.ZodType<string, string>) {
  return z
    .array(entry)
    .max(maxEntries)
    .transform((entries) => [...new Set(entries)]);
}
