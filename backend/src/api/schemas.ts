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
