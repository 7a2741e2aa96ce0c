import { tenantOf } from '../ids.ts';

/**
 * Issuer of a tenant. It says https whatever the emulator listens on: msal-node takes no other, and an issuer is a
 * name, not an address.
 */
export function issuerOf(origin: string, tenant: string): string {
  return `${origin.replace(/^http:/, 'https:')}/${tenant}/v2.0`;
}

/** The directory of all personal accounts, as Microsoft has it. */
export const consumersTenant = '9188040d-6c67-4c5b-b112-36a304b66dad';

/** What /{tenant}/v2.0/.well-known/openid-configuration answers. */
export function openidConfiguration(origin: string, tenant: string): Readonly<Record<string, unknown>> {
  const base = `${origin}/${tenant}`;
  return {
    issuer: issuerOf(origin, issuingTenant(tenant)),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'form_post'],
    response_types_supported: ['code'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'preferred_username', 'name', 'tid', 'oid', 'ver'],
    http_logout_supported: true,
    tenant_region_scope: null,
  };
}

/** The id of a directory that is named by its id, its domain or one of the shared names. */
function issuingTenant(tenant: string): string {
  if (tenant === 'common' || tenant === 'organizations') return '{tenantid}';
  if (tenant === 'consumers') return consumersTenant;
  return tenant.includes('.') ? tenantOf(tenant) : tenant;
}

/** What /common/discovery/instance answers: that this host is an authority by itself. */
export function instanceDiscovery(origin: string, tenant: string): Readonly<Record<string, unknown>> {
  const { host } = new URL(origin);
  return {
    tenant_discovery_endpoint: `${origin}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
