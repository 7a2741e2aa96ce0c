import { z } from 'zod';
import { grantsAny, type MailAccess } from '../../models/fields/mail-access.ts';

/** What mailboxes are connected for unless their owner chooses; `look-only` leaves no choice. */
export type MailAccessPolicy = MailAccess | 'look-only';

/** A delegated permission of Microsoft Graph that MSEDB asks for. */
export interface Permission {
  readonly name: string;
  /** The use that MSEDB makes of it. */
  readonly purpose: string;
  /** False: everything else works without it. */
  readonly isRequired: boolean;
  /** The accesses that it is asked for. */
  readonly accesses: readonly MailAccess[];
  /** Permissions that allow the same and more: a consent to one of them stands in for it. */
  readonly includedIn?: readonly string[];
}

/** The permission to read the rules that an owner has set in Outlook. */
export const inboxRulesPermission = 'MailboxSettings.Read';

/** All of them; offline_access and the OpenID scopes come with each sign-in. */
export const permissions: readonly Permission[] = [
  { name: 'User.Read', purpose: 'who signs in', isRequired: true, accesses: ['look', 'act'] },
  {
    name: 'Mail.ReadBasic',
    purpose:
      'sender, subject, folder, read state and flag of messages; Microsoft gives no bodies and refuses every change',
    isRequired: true,
    accesses: ['look'],
    includedIn: ['Mail.Read', 'Mail.ReadWrite'],
  },
  {
    name: 'Mail.ReadWrite',
    purpose: 'metadata of messages, and moving, flagging and categorizing them after an approval',
    isRequired: true,
    accesses: ['act'],
  },
  {
    name: inboxRulesPermission,
    purpose: 'the rules in Outlook, so that their work is not taken for a habit; everything else works without it',
    isRequired: false,
    accesses: ['act'],
  },
];

/** Returns the permissions that an access asks for. */
export function permissionsFor(access: MailAccess): Permission[] {
  return permissions.filter(({ accesses }) => accesses.includes(access));
}

/** Returns the permissions that an administrator grants for everybody: where owners choose, both accesses are possible. */
export function permissionsOfPolicy(policy: MailAccessPolicy): readonly Permission[] {
  return policy === 'look-only' ? permissionsFor('look') : permissions;
}

/** What MSEDB never asks Microsoft for. */
export const neverAsked = [
  'Mail.Send',
  'Mail.ReadWrite.Shared',
  'Mail-Advanced.ReadWrite',
  'MailboxSettings.ReadWrite',
  'Calendars.Read',
  'Contacts.Read',
  'Files.Read',
  'Directory.Read.All',
] as const;

/** Tells if granted scopes are enough for an access. */
export function coversAccess(granted: readonly string[], access: MailAccess): boolean {
  return missingPermissions(granted, access).every(({ isRequired }) => !isRequired);
}

/** Tells if a permission, or one that includes it, is among granted scopes, however Microsoft wrote them. */
export function isGranted({ name, includedIn = [] }: Permission, scopes: readonly string[]): boolean {
  return grantsAny(scopes, [name, ...includedIn]);
}

const worldwideGraph = 'https://graph.microsoft.com';

/** Returns the permissions as scopes of a sign-in. A bare name means the worldwide Graph; a national cloud's is named in full. */
export function scopesFor(graphUrl: string, names: readonly string[]): string[] {
  const { origin, protocol } = new URL(graphUrl);
  if (origin === worldwideGraph || protocol === 'http:') return [...names];
  return names.map((name) => `${origin}/${name}`);
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

/** Returns the permissions of an access that are not among the scopes of a token. */
export function missingPermissions(scopes: readonly string[], access: MailAccess): Permission[] {
  return permissionsFor(access).filter((permission) => !isGranted(permission, scopes));
}
