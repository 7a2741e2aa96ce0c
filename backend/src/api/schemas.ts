import { z } from 'zod';

/** An id as MongoDB writes it. */
export const id = z.string().regex(/^[\da-f]{24}$/, 'must be an id of 24 hexadecimal digits');

/** A moment in answers: ISO 8601, UTC. */
export const moment = z.iso.datetime();

const domainPattern = /^(?=.{1,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d-]{2,63}$/;

/** An e-mail address, lower case. */
export const email = z.string().trim().toLowerCase().pipe(z.email().max(254));

/** A domain name, lower case, without an @. */
export const domain = z.string().trim().toLowerCase().pipe(z.string().regex(domainPattern, 'must be a domain'));

const isoDate = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** A moment in questions: ISO 8601, a date (its first moment, UTC) or a date and time with its zone. */
export const instant = z
  .string()
  .refine((text) => isoDate.safeParse(text).success, 'must be an ISO 8601 date, or date and time with its zone')
  .transform((text) => new Date(text));

/** A number of things. */
export const count = z.int().min(0);
