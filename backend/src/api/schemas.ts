import { z } from 'zod';
import { canonicalAddress, canonicalDomain, domainOf } from '../lib/canonical-address.ts';
import { problem } from '../http/route.ts';

/** An ObjectId of MongoDB in hexadecimal. */
export const id = z.string().regex(/^[\da-f]{24}$/, 'must be an id of 24 hexadecimal digits');

/** A time in responses: ISO 8601, UTC. */
export const moment = z.iso.datetime();

const domainName = /^(?=.{1,253}$)[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?(\.[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?)*$/;

/** Matches what stands before the @: a quoted text, or one without white space, quotes and @. */
const localPart = /^("[^"\p{Cc}]+"|[^\s@"\p{Cc}]+)$/u;

/** Matches an address inside an organization: X.500 as "/O=Contoso/CN=…", or a single name. */
const insideAddress = /^(\/[^/=\p{Cc}]+=[^\p{Cc}]*|[^\s@/.\p{Cc}]+)$/u;

const maxAddressLength = 500;

/** An e-mail address of the Internet, in canonical form. */
export const email = z.string().max(maxAddressLength).transform(canonicalAddress).pipe(z.email().max(254));

/** The address of a sender in canonical form, as events have it; inside an organization it need not have a domain. */
export const senderAddress = z
  .string()
  .max(maxAddressLength)
  .transform(canonicalAddress)
  .pipe(z.string().refine(isSenderAddress, 'must be the address of a sender'));

/** The domain of a sender in canonical form, without an @. */
export const senderDomain = z
  .string()
  .max(maxAddressLength)
  .transform(canonicalDomain)
  .pipe(z.string().regex(domainName, 'must be a domain name'));

function isSenderAddress(address: string): boolean {
  const domain = domainOf(address);
  if (domain === undefined) return insideAddress.test(address);
  return domainName.test(domain) && localPart.test(address.slice(0, -domain.length - 1));
}

const isoDate = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
/** From 1970 to 9999: a window that begins before it can be written as ISO 8601 with four digits as well. */
const instantForm = /^(?:19[7-9]\d|[2-9]\d{3})-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/;

const [earliest, latest] = [0, Date.UTC(9999, 11, 31)];

/** A time in requests: ISO 8601, a date (its start in UTC) or a date and time with offset. */
export const instant = z
  .string()
  .max(40)
  .regex(instantForm, 'must be an ISO 8601 date, or date and time with offset, from 1970 to 9999')
  .refine((text) => isoDate.safeParse(text).success, 'must be an ISO 8601 date, or date and time with offset')
  .transform((text) => new Date(text))
  .refine((time) => time.getTime() >= earliest && time.getTime() <= latest, 'must be from 1970 to 9999');

/** A folder in requests. */
export const folderName = z
  .string()
  .min(1)
  .max(2_000)
  .describe(
    String.raw`Folder id, or path such as Inbox/Projects/2026, in any letter case; a slash in a name is written \/. The first name may be a well-known folder in English`,
  );

/** A number of things. */
export const count = z.int().min(0);

/** A query parameter that takes one or several of `values`: repeated, or separated with commas. */
export function listOf<const T extends readonly string[]>(values: T) {
  return z
    .preprocess(
      (given) => (typeof given === 'string' ? given.split(',') : given),
      z.array(z.enum(values)).min(1).max(50),
    )
    .optional()
    .describe('One or several values: repeat the parameter, or separate them with commas');
}

/** The query parameters of a list that is read page by page. @param cursor reads what the list hands out */
export function pageQuery<T>(cursor: z.ZodType<T, string>) {
  return {
    limit: z.coerce.number().int().min(1).max(200).default(50).describe('Items per page'),
    cursor: cursor.optional().describe('The nextCursor of the previous page. Keep the other parameters unchanged'),
  };
}

/** One page of a list. */
export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('null on the last page'),
  });
}

/** The query parameter that narrows a list to one mailbox. */
export const mailboxFilter = id.optional().describe("One mailbox; all of the caller's mailboxes when omitted");

/** The answer to a request about a mailbox that does not exist, or belongs to somebody else. */
export const noSuchMailbox = problem('The caller has no such mailbox');

/** The answer of a list that the store could not read within its time limit. */
export const tooSlow = problem('too_much: reading takes too long');
