import { z } from 'zod';
import { problem } from '../http/route.ts';

/** An ObjectId of MongoDB in hexadecimal. */
export const id = z.string().regex(/^[\da-f]{24}$/, 'must be an id of 24 hexadecimal digits');

/** A time in responses: ISO 8601, UTC. */
export const moment = z.iso.datetime();

const domainPattern = /^(?=.{1,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d-]{2,63}$/;

/** An e-mail address, lower case. */
export const email = z.string().trim().toLowerCase().pipe(z.email().max(254));

/** A domain name, lower case, without an @. */
export const domain = z.string().trim().toLowerCase().pipe(z.string().regex(domainPattern, 'must be a domain name'));

const isoDate = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** A time in requests: ISO 8601, a date (its start in UTC) or a date and time with offset. */
export const instant = z
  .string()
  .refine((text) => isoDate.safeParse(text).success, 'must be an ISO 8601 date, or date and time with offset')
  .transform((text) => new Date(text));

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
