import type { Configuration } from '@azure/msal-node';
import { z } from 'zod';
import type { MailAccess } from '../models/fields/mail-access.ts';
import type { AppRegistration } from './msal.ts';
import { permissionsOf } from './permissions.ts';

/** The scopes that are requested at sign-in to act beside those of `permissionsOf`; done without where an older consent does not cover them. */
export const furtherPermissions = ['MailboxSettings.Read'];
const worldwideGraph = 'https://graph.microsoft.com';

/** A certificate proves the application by an assertion that its key signs: PS256, with x5t#S256 in its header. */
export function proofOf({ clientSecret, clientCertificate }: AppRegistration): Partial<Configuration['auth']> {
  if (clientCertificate !== undefined) {
    const { privateKey, thumbprint } = clientCertificate;
    return { clientCertificate: { thumbprintSha256: thumbprint, privateKey: privateKey.reveal() } };
  }
  return clientSecret === undefined ? {} : { clientSecret: clientSecret.reveal() };
}

export function namesOf(access: MailAccess): string[] {
  return permissionsOf[access].map(({ scope }) => scope);
}

/** Microsoft may spell a scope with or without the address of Graph. */
function covers(granted: readonly string[], wanted: readonly string[]): boolean {
  const names = new Set(granted.map((scope) => scope.slice(scope.lastIndexOf('/') + 1).toLowerCase()));
  return wanted.every((permission) => names.has(permission.toLowerCase()));
}

const grantedSchema = z.object({ AccessToken: z.record(z.string(), z.object({ target: z.string() })).optional() });

/**
 * Whether the grant in a serialized cache covers more than nothing works without: asking for what it does not cover ends
 * in a refusal that means a dead grant.
 */
export function coversAll(serialized: string): boolean {
  const { AccessToken: tokens = {} } = grantedSchema.parse(JSON.parse(serialized));
  return Object.values(tokens).some(({ target }) => covers(target.split(' '), furtherPermissions));
}

/** A bare name means the worldwide Graph; a national cloud's is named in full. */
export function scopesFor(graphUrl: string, names: readonly string[]): string[] {
  const { origin, protocol } = new URL(graphUrl);
  if (origin === worldwideGraph || protocol === 'http:') return [...names];
  return names.map((name) => `${origin}/${name}`);
}

/** The endpoints, which are the same in every cloud: without them each client would ask for them first. */
export function authorityMetadata(origin: string, tenantId: string): string {
  return JSON.stringify({
    issuer: `${origin}/${tenantId}/v2.0`,
    authorization_endpoint: `${origin}/${tenantId}/oauth2/v2.0/authorize`,
    token_endpoint: `${origin}/${tenantId}/oauth2/v2.0/token`,
    end_session_endpoint: `${origin}/${tenantId}/oauth2/v2.0/logout`,
    jwks_uri: `${origin}/${tenantId}/discovery/v2.0/keys`,
  });
}
