import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TokenCacheContext } from '@azure/msal-node';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { Microsoft } from '../../../src/auth/microsoft/msal.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { serve } from './odd-server.ts';

const tid = '11111111-2222-4333-8444-555555555555';
const oid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
const nowSeconds = Math.floor(Date.now() / 1_000);
const goodClaims = {
  iss: `https://login.example/${tid}/v2.0`,
  aud: 'client',
  iat: nowSeconds,
  nbf: nowSeconds,
  exp: nowSeconds + 3_600,
  tid,
  oid,
  nonce: 'nonce',
  preferred_username: ' Ada@Example.com',
  email: 'boss@example.com',
};
const { publicKey, privateKey } = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'key', use: 'sig', alg: 'RS256' };

interface Answer {
  readonly claims?: Record<string, unknown>;
  readonly scope?: string;
  /** Takes up the scopes of each request. */
  readonly asked?: string[];
}

/** Redeems a code at a token endpoint that answers so. */
async function redeem({ claims = {}, scope = 'User.Read Mail.ReadWrite', asked = [] }: Answer) {
  const given = Object.entries({ ...goodClaims, ...claims }).filter(([, value]) => value !== undefined);
  const idToken = new SignJWT(Object.fromEntries(given)).setProtectedHeader({ alg: 'RS256', kid: 'key' });
  const tokens = {
    token_type: 'Bearer',
    scope,
    expires_in: 3_600,
    access_token: 'access',
    refresh_token: 'refresh',
    id_token: await idToken.sign(privateKey),
    client_info: Buffer.from('{"uid":"object","utid":"tenant"}').toString('base64url'),
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url?.endsWith('/keys') === true) return void response.end(JSON.stringify({ keys: [jwk] }));
    if (request.url?.endsWith('/openid-configuration') === true)
      return void response.end(JSON.stringify({ issuer: 'https://login.example/{tenantid}/v2.0' }));
    asked.push(new URLSearchParams(await text(request)).get('scope') ?? '');
    response.end(JSON.stringify(tokens));
  };
  const loginUrl = await serve((request, response) => void answer(request, response));
  const microsoft = new Microsoft({
    clientId: 'client',
    clientSecret: new Secret('client secret'),
    tenantId: 'common',
    loginUrl,
    graphUrl: 'https://graph.microsoft.com',
    redirectUri: 'http://localhost:8010/auth/callback',
  });
  const redeemed = await microsoft.redeemCode({ code: 'code', codeVerifier: 'verifier', nonce: 'nonce' });
  return { ...redeemed, microsoft };
}

describe('what a token endpoint answers', () => {
  it('is an account by directory and object id, named by preferred_username only', async () => {
    const { claims } = await redeem({});

    expect(claims).toEqual({ iss: goodClaims.iss, tid, oid, preferred_username: ' Ada@Example.com' });
  });

  it('may name the scopes in full', async () => {
    const graph = 'https://graph.microsoft.com';

    await expect(redeem({ scope: `${graph}/mail.readwrite ${graph}/User.Read` })).resolves.toBeDefined();
  });

  it('loses a name that is longer than a name, and nothing else', async () => {
    const { claims } = await redeem({
      claims: { preferred_username: `${'a'.repeat(300)}@example.com`, name: 'b'.repeat(9_000) },
    });

    expect(claims).toEqual({ iss: goodClaims.iss, tid, oid, name: 'b'.repeat(256) });
  });

  it.each([
    ['an ID token for another app', { claims: { aud: 'another' } }, { reason: 'unusable_id_token' }],
    [
      'an ID token of another issuer',
      { claims: { iss: 'https://elsewhere.example/v2.0' } },
      { reason: 'unusable_id_token' },
    ],
    ['an ID token that has expired', { claims: { exp: nowSeconds - 400 } }, { reason: 'clock_differs' }],
    ['an ID token that is not valid yet', { claims: { nbf: nowSeconds + 400 } }, { reason: 'clock_differs' }],
    ['an ID token that never ends', { claims: { exp: undefined } }, { reason: 'unusable_id_token' }],
    ['an account without an object id', { claims: { oid: undefined } }, { reason: 'unusable_id_token' }],
    ['an object id that is no id', { claims: { oid: 'a.b' } }, { reason: 'unusable_id_token' }],
    ['an account without a directory', { claims: { tid: '' } }, { reason: 'unusable_id_token' }],
    ['the nonce of another sign-in', { claims: { nonce: 'another' } }, { reason: 'nonce_mismatch' }],
    ['no nonce', { claims: { nonce: undefined } }, { reason: 'nonce_mismatch' }],
    ['fewer permissions than asked for', { scope: 'User.Read' }, { reason: 'consent_required' }],
  ])('is refused with %s', async (_name, answer, told) => {
    await expect(redeem(answer)).rejects.toMatchObject(told);
  });
});

describe('what a refresh asks for', () => {
  const bare = 'User.Read Mail.ReadWrite';

  it.each([
    ['what it has', `${bare} MailboxSettings.Read`, true],
    ['no more than an older consent covers', bare, false],
  ])('is %s', async (_name, scope, asksForSettings) => {
    const asked: string[] = [];
    const { microsoft, serializedCache } = await redeem({ scope, asked });
    const partition = {
      beforeCacheAccess: async ({ tokenCache }: TokenCacheContext) => tokenCache.deserialize(serializedCache),
      afterCacheAccess: async () => undefined,
    };

    await microsoft.acquireSilent(partition, { forceRefresh: true });

    expect(asked).toHaveLength(2);
    expect(asked[0]).toContain('MailboxSettings.Read');
    expect(asked[1]?.includes('MailboxSettings.Read')).toBe(asksForSettings);
  });
});
