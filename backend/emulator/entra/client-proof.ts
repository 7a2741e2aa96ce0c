import { X509Certificate } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { z } from 'zod';
import { tenantOf } from '../ids.ts';
import { EntraFailure } from './failure.ts';
import { refusalOf } from './refusals.ts';
import type { AppRegistration } from './registration.ts';

/** What a request to the token endpoint shows for the app that sends it. */
export interface ClientProof {
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
  readonly assertionType: string | undefined;
  /** The token endpoint as the request reached it. */
  readonly endpoint: string;
  /** True where nothing need be shown: a confidential client's device codes, and the tokens from these. */
  readonly isFreed: boolean;
}

const assertionTypeOfJwt = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const maxAssertionAge = '10 minutes';
/** msal-node rounds the time of its assertions up. */
const clockTolerance = '5 minutes';

/** @throws EntraFailure as Entra ID does for a wrong proof, none, or one of a public client */
export async function checkProof(app: AppRegistration, proof: ClientProof): Promise<void> {
  const { secret, assertion, assertionType, endpoint, isFreed } = proof;
  if (app.isPublic) {
    if (secret !== undefined || assertion !== undefined) throw refusalOf(700_025);
    return;
  }
  if (assertion !== undefined) {
    if (assertionType !== assertionTypeOfJwt || !(await isGenuine(app, assertion, endpoint))) throw refusalOf(700_027);
    return;
  }
  if (secret === undefined && isFreed) return;
  if (secret === undefined) throw refusalOf(7_000_218);
  if (secret !== app.clientSecret) throw refusalOf(7_000_215);
}

const headerSchema = z.object({ alg: z.literal('PS256'), 'x5t#S256': z.string() });
const claimsSchema = z.object({ jti: z.string().min(1), iss: z.string(), sub: z.string(), aud: z.url() });

/**
 * The assertion of a registered certificate, for this endpoint, that is good now (RFC 7523, section 3). One that comes
 * again is as good: msal-node shows an assertion as often as it likes until it ends, so Entra ID does not keep its jti.
 */
async function isGenuine(app: AppRegistration, assertion: string, endpoint: string): Promise<boolean> {
  try {
    const { 'x5t#S256': thumbprint } = headerSchema.parse(decodeProtectedHeader(assertion));
    const registered = app.certificates.map((pem) => new X509Certificate(pem));
    const certificate = registered.find((one) => thumbprintOf(one) === thumbprint);
    if (certificate === undefined || new Date(certificate.validTo) < new Date()) return false;
    const { payload } = await jwtVerify(assertion, certificate.publicKey, {
      algorithms: ['PS256'],
      maxTokenAge: maxAssertionAge,
      clockTolerance,
      requiredClaims: ['exp', 'jti'],
    });
    const { iss, sub, aud } = claimsSchema.parse(payload);
    return iss === app.clientId && sub === app.clientId && endpointOf(aud) === endpointOf(endpoint);
  } catch {
    return false;
  }
}

/**
 * The endpoint of one tenant, which a domain names as well as its id. The scheme does not count, as msal-node takes no
 * http authority.
 */
function endpointOf(address: string): string {
  const { host, pathname } = new URL(address);
  const [, tenant = '', ...path] = pathname.toLowerCase().split('/');
  return [host, tenant.includes('.') ? tenantOf(tenant) : tenant, ...path].join('/');
}

function thumbprintOf({ fingerprint256 }: X509Certificate): string {
  return Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
}

/** @throws EntraFailure when a public client begins without PKCE, or ends so */
export function requirePkce({ isPublic }: AppRegistration, challenge: string | undefined): void {
  if (isPublic && challenge === undefined)
    throw new EntraFailure('invalid_request', 9_002_325, 'Proof Key for Code Exchange is required.');
}
