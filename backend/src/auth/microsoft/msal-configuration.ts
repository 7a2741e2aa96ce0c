import type { Configuration } from '@azure/msal-node';
import { grantsAny, type MailAccess } from '../../models/fields/mail-access.ts';
import { permissionsFor, scopesInCache } from '../consent/permissions.ts';
import type { AppRegistration } from './msal.ts';

/** Asked for at sign-in to act, and done without where an older consent does not cover it. */
export const furtherPermissions = permissionsFor('act').flatMap(({ name, isRequired }) => (isRequired ? [] : name));

/** A certificate proves the application by an assertion that its key signs: PS256, with x5t#S256 in its header. */
export function proofOf({ clientSecret, clientCertificate }: AppRegistration): Partial<Configuration['auth']> {
  if (clientCertificate !== undefined) {
    const { privateKey, thumbprint } = clientCertificate;
    return { clientCertificate: { thumbprintSha256: thumbprint, privateKey: privateKey.reveal() } };
  }
  return clientSecret === undefined ? {} : { clientSecret: clientSecret.reveal() };
}

/** Returns the names of the permissions that an access cannot do without. */
export function namesOf(access: MailAccess): string[] {
  return permissionsFor(access).flatMap(({ name, isRequired }) => (isRequired ? name : []));
}

/**
 * Tells if the grant in a serialized cache covers more than nothing works without: asking for what it does not cover ends
 * in a refusal that means a dead grant.
 */
export function coversAll(serialized: string): boolean {
  const scopes = scopesInCache(serialized) ?? [];
  return furtherPermissions.every((name) => grantsAny(scopes, [name]));
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
