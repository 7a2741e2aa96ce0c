import { z } from 'zod';
import type { MailAccess } from '../models/fields/mail-access.ts';

/** A delegated permission of Microsoft Graph that MSEDB asks for. */
export interface Permission {
  readonly name: string;
  /** The use that MSEDB makes of it. */
  readonly purpose: string;
  /** False: everything else works without it. */
  readonly isRequired: boolean;
}

/** The permission to read the rules that an owner has set in Outlook. */
export const inboxRulesPermission = 'MailboxSettings.Read';

/** All of them; offline_access and the OpenID scopes come with each sign-in. */
export const permissions: readonly Permission[] = [
  { name: 'User.Read', purpose: 'who signs in', isRequired: true },
  {
    name: 'Mail.ReadWrite',
    purpose: 'metadata of messages, and moving, flagging and categorizing them after an approval',
    isRequired: true,
  },
  {
    name: inboxRulesPermission,
    purpose: 'the rules in Outlook, so that their work is not taken for a habit; everything else works without it',
    isRequired: false,
  },
];

const worldwideGraph = 'https://graph.microsoft.com';

/** Returns the permissions as scopes of a sign-in. A bare name means the worldwide Graph; a national cloud's is named in full. */
export function scopesFor(graphUrl: string, names: readonly string[]): string[] {
  const { origin, protocol } = new URL(graphUrl);
  if (origin === worldwideGraph || protocol === 'http:') return [...names];
  return names.map((name) => `${origin}/${name}`);
}

/** Tells if all of `wanted` are among the scopes of a token. Microsoft may spell one with or without the address of Graph. */
export function covers(scopes: readonly string[], wanted: readonly string[]): boolean {
  const names = new Set(scopes.map((scope) => nameOf(scope).toLowerCase()));
  return wanted.every((permission) => names.has(permission.toLowerCase()));
}

const accessTokensSchema = z.object({
  AccessToken: z.record(z.string(), z.object({ target: z.string(), expires_on: z.coerce.number() })).optional(),
});

/** Returns the scopes of the newest access token in a cache that MSAL serialized, as Microsoft wrote them; undefined without a token. */
export function scopesInCache(serialized: string): string[] | undefined {
  const { AccessToken: tokens = {} } = accessTokensSchema.parse(JSON.parse(serialized));
  const newest = Object.values(tokens).toSorted((one, other) => other.expires_on - one.expires_on)[0];
  if (newest === undefined) return undefined;
  return newest.target.split(' ').filter((scope) => scope !== '');
}

/** Returns the permissions that MSEDB would use for an access, and that are not among the scopes of a token. */
export function missingPermissions(scopes: readonly string[], access: MailAccess = 'act'): Permission[] {
  const wanted = access === 'act' ? permissions : permissions.filter(({ name }) => name === 'User.Read');
  return wanted.filter(({ name }) => !covers(scopes, [name]));
}

function nameOf(scope: string): string {
  return scope.slice(scope.lastIndexOf('/') + 1);
}
