import { z } from 'zod';
import { type GraphClient, createGraphClient } from './client.ts';
import { createMailboxLimiters } from './limiter.ts';
import type { GraphRequest } from './request.ts';
import { profileFields } from './select.ts';

/** The names by which a directory knows an account. */
const profile = z.object({
  /** The account's object id in its directory. */
  id: z.string().max(100),
  /** The address of its mailbox. */
  mail: z.string().max(1_000).nullish(),
  /** The name to sign in with: often the address, and sometimes not. */
  userPrincipalName: z.string().max(1_000).nullish(),
});
export type Profile = z.output<typeof profile>;

/** Reads the names of the account that the token belongs to. Needs the scope User.Read. */
export function getProfile(): GraphRequest<Profile> {
  return { method: 'GET', route: '/me', select: profileFields, repeatable: true, answer: profile };
}

/** Creates a client that uses one access token, for an account whose mailbox is not connected yet. */
export function createTokenClient(baseUrl: string, accessToken: string): GraphClient {
  const limiter = createMailboxLimiters().of('sign-in');
  return createGraphClient({ baseUrl, limiter, getToken: async () => accessToken });
}
