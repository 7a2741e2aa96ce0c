import { z } from 'zod';
import type { GraphRequest } from './request.ts';
import { personFields } from './select.ts';

const me = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  mail: z.string().nullish(),
});
type Me = z.infer<typeof me>;

/** Who the token belongs to. `mail` is missing for accounts without a mailbox. */
export function getMe(): GraphRequest<Me> {
  return { method: 'GET', route: '/me', select: personFields, repeatable: true, answer: me };
}
