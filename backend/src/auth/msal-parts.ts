import type { Configuration } from '@azure/msal-node';
import type { MailAccess } from '../models/fields/mail-access.ts';
import { covers, inboxRulesPermission, scopesInCache } from './graph-permissions.ts';
import type { AppRegistration } from './msal.ts';
import { permissionsOf } from './permissions.ts';

/** The scopes that are requested at sign-in to act beside those of `permissionsOf`; done without where an older consent does not cover them. */
export const furtherPermissions = [inboxRulesPermission];

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

/**
 * Tells if the grant in a serialized cache covers more than nothing works without: asking for what it does not cover ends
 * in a refusal that means a dead grant.
 */
export function coversAll(serialized: string): boolean {
  return covers(scopesInCache(serialized) ?? [], furtherPermissions);
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
