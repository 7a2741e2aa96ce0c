import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { EmulatorClock } from '../clock.ts';
import type { EmulatorReply, EmulatorRequest } from '../http/exchange.ts';
import type { Person } from '../people.ts';
import { type Issue, type Redeemed, accessClaims, idClaims } from './claims.ts';
import { checkProof, requirePkce } from './client-proof.ts';
import { type DeviceCodes, isDeviceGrant } from './device-code.ts';
import { consumersTenant } from './discovery.ts';
import { EntraFailure } from './failure.ts';
import type { Grants } from './grants.ts';
import type { Claims, SigningKeys } from './keys.ts';
import type { AppRegistration } from './registration.ts';
import { isGraphAudience, parseScopes, type ScopeRequest } from './scopes.ts';
import type { TenantBehavior } from '../tenant-behavior.ts';
import type { SignIn } from './sign-in.ts';

export interface TokenParts {
  readonly app: AppRegistration;
  readonly grants: Grants;
  readonly keys: SigningKeys;
  readonly signIn: SignIn;
  readonly clock: EmulatorClock;
  readonly devices: DeviceCodes;
  readonly tenant: Pick<TenantBehavior, 'tokenScopes'>;
}

const form = z.object({
  grant_type: z.string(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  client_assertion: z.string().optional(),
  client_assertion_type: z.string().optional(),
  code: z.string().optional(),
  redirect_uri: z.string().optional(),
  code_verifier: z.string().optional(),
  refresh_token: z.string().optional(),
  device_code: z.string().optional(),
  scope: z.string().optional(),
});
type TokenForm = z.infer<typeof form>;

/**
 * POST /{tenant}/oauth2/v2.0/token. Every refresh gives a new refresh token; the old one stays good, as with Entra ID,
 * unless a grace is set.
 * @throws EntraFailure
 */
export async function issueTokens(parts: TokenParts, request: EmulatorRequest): Promise<EmulatorReply> {
  const parsed = form.safeParse(request.body);
  if (!parsed.success)
    throw new EntraFailure('invalid_request', 900144, "The request body must contain the parameter 'grant_type'.");
  await checkClient(parts, parsed.data, request);
  if (parsed.data.grant_type === 'client_credentials') return appToken(parts);
  const redeemed = redeem(parts, parsed.data, request.origin);
  return {
    status: 200,
    headers: { 'cache-control': 'no-store', pragma: 'no-cache' },
    body: await tokenBody(parts, withConsented(parts, redeemed), request.origin),
  };
}

/** Some tenants may put everything into a token that was consented to. */
function withConsented({ tenant, grants }: TokenParts, redeemed: Redeemed): Redeemed {
  const { person, scopes } = redeemed;
  if (tenant.tokenScopes === 'asked' || !isGraphAudience(scopes.audience)) return redeemed;
  const resourceScopes = [...new Set([...scopes.resourceScopes, ...grants.consentedScopes(person)])];
  return { ...redeemed, scopes: { ...scopes, resourceScopes } };
}

/** POST /{tenant}/oauth2/v2.0/devicecode: without a secret, as a public client. @throws EntraFailure */
export function beginDevice(
  { app, devices }: TokenParts,
  { body, origin }: EmulatorRequest,
  tenant: string,
): EmulatorReply {
  const { client_id: clientId, scope = '' } = deviceForm.parse(body ?? {});
  if (clientId !== app.clientId) throw unknownClient(clientId);
  return devices.begin(tenant, scope, origin);
}

const deviceForm = z.object({ client_id: z.string().optional(), scope: z.string().optional() });

async function checkClient({ app, grants }: TokenParts, body: TokenForm, request: EmulatorRequest): Promise<void> {
  const basic = /^Basic (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  const [basicId, basicSecret] = basic === undefined ? [] : Buffer.from(basic, 'base64').toString('utf8').split(':');
  const clientId = body.client_id ?? decode(basicId);
  if (clientId !== app.clientId) throw unknownClient(clientId);
  await checkProof(app, {
    secret: body.client_secret ?? decode(basicSecret),
    assertion: body.client_assertion,
    assertionType: body.client_assertion_type,
    endpoint: `${request.origin}${request.path}`,
    isFreed: isDeviceGrant(body.grant_type) || !grants.needsSecret(body.refresh_token),
  });
}

function unknownClient(clientId: string | undefined): EntraFailure {
  return new EntraFailure(
    'unauthorized_client',
    700016,
    `Application with identifier '${clientId}' was not found in the directory.`,
  );
}

/** A token of the app itself, which has no permissions: Graph does not take it. */
function appToken({ grants }: TokenParts): EmulatorReply {
  const seconds = Math.floor(grants.lifetimes.accessTokenMs / 1_000);
  const body = { token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, access_token: randomUUID() };
  return { status: 200, headers: { 'cache-control': 'no-store' }, body };
}

function redeem({ app, grants, devices }: TokenParts, body: TokenForm, origin: string): Redeemed {
  if (isDeviceGrant(body.grant_type)) {
    const { person, scope } = devices.redeem(body.device_code ?? '', origin);
    const scopes = parseScopes(scope, origin);
    refuseDefaultScope(person, scopes);
    return { person, scopes, nonce: undefined, isPublic: true };
  }
  if (body.grant_type === 'authorization_code') return redeemCode({ app, grants }, body, origin);
  if (body.grant_type === 'refresh_token') {
    const asked = parseScopes(body.scope ?? '.default', origin);
    const person = grants.useRefreshToken(body.refresh_token ?? '', asked.resourceScopes);
    if (body.scope !== undefined) refuseDefaultScope(person, asked);
    const wantsAll = asked.resourceScopes.length === 0 || asked.resourceScopes.includes('.default');
    const scopes = wantsAll ? { ...asked, resourceScopes: grants.consentedScopes(person) } : asked;
    return { person, scopes, nonce: undefined, isPublic: grants.isPublic(body.refresh_token ?? '') };
  }
  throw new EntraFailure(
    'unsupported_grant_type',
    70003,
    `The app requested an unsupported grant type '${body.grant_type}'.`,
  );
}

function redeemCode({ app, grants }: Pick<TokenParts, 'app' | 'grants'>, body: TokenForm, origin: string): Redeemed {
  const code = grants.takeCode(body.code ?? '');
  requirePkce(app, code.challenge);
  if (body.redirect_uri !== code.redirectUri) {
    throw new EntraFailure(
      'invalid_grant',
      500112,
      'The reply address does not match the one of the authorization request.',
    );
  }
  if (code.challenge !== undefined && !proves(body.code_verifier ?? '', code.challenge)) {
    throw new EntraFailure(
      'invalid_grant',
      501481,
      'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
    );
  }
  const { person, nonce, authAgeMs } = code;
  return { person, scopes: parseScopes(code.scope, origin), nonce, authAgeMs, isPublic: app.isPublic };
}

function proves(verifier: string, challenge: string): boolean {
  const actual = Buffer.from(createHash('sha256').update(verifier).digest('base64url'));
  const expected = Buffer.from(challenge);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

async function tokenBody(
  parts: TokenParts,
  redeemed: Redeemed,
  origin: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { app, grants, keys, clock } = parts;
  const { person, scopes } = redeemed;
  const lifetimeSeconds = Math.floor(grants.lifetimes.accessTokenMs / 1_000);
  // Entra ID's clock is the machine's, whatever Graph's shows
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const issue = { clientId: app.clientId, origin, nowSeconds: Math.floor(clock.now() / 1_000), lifetimeSeconds };
  const accessToken = await accessTokenOf(keys, redeemed, issue);
  grants.addAccessToken(accessToken, { person, scopes: new Set(scopes.resourceScopes), audience: scopes.audience });
  const named = scopes.openidScopes.filter((name) => name !== 'offline_access');
  const isRenewable = scopes.openidScopes.includes('offline_access');
  const isIdentified = scopes.openidScopes.includes('openid');
  return {
    token_type: 'Bearer',
    scope: [...scopes.resourceScopes, ...named].join(' '),
    expires_in: lifetimeSeconds,
    ext_expires_in: lifetimeSeconds,
    access_token: accessToken,
    ...(isRenewable ? { refresh_token: grants.addRefreshToken(person, redeemed.isPublic) } : {}),
    ...(isIdentified ? { id_token: await idToken(parts, idClaims(redeemed, { ...issue, nowSeconds })) } : {}),
    client_info: Buffer.from(JSON.stringify({ uid: person.oid, utid: person.tid })).toString('base64url'),
  };
}

/** Of a personal account it is opaque. */
function accessTokenOf(keys: SigningKeys, redeemed: Redeemed, issue: Issue): Promise<string> {
  if (redeemed.person.tid !== consumersTenant) return keys.sign(accessClaims(redeemed, issue));
  return Promise.resolve(`EwB${randomBytes(64).toString('base64')}`);
}

/** Personal accounts have no app-wide consent that .default could stand for. @throws EntraFailure */
function refuseDefaultScope({ tid }: Person, { resourceScopes }: ScopeRequest): void {
  if (tid === consumersTenant && resourceScopes.includes('.default'))
    throw new EntraFailure('invalid_scope', 70_011, "The provided value for the input parameter 'scope' is not valid.");
}

function idToken({ keys, signIn }: TokenParts, right: Claims): Promise<string> {
  const { claims = {}, signature } = signIn.takeSpoiled();
  const given = { ...right, ...claims };
  return signature === undefined ? keys.sign(given) : keys.signBadly(given, signature);
}

function decode(text: string | undefined): string | undefined {
  return text === undefined ? undefined : decodeURIComponent(text);
}
