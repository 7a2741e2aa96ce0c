import { UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { Microsoft } from '../../../src/auth/msal.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { serve } from './odd-server.ts';

const goodClaims = {
  aud: 'client',
  tid: 'tenant',
  oid: 'object',
  nonce: 'nonce',
  preferred_username: ' Ada@Example.com',
  email: 'boss@example.com',
};

interface Answer {
  readonly claims?: Record<string, unknown>;
  readonly scope?: string;
}

/** Redeems a code at a token endpoint that answers so. */
async function redeem({ claims = {}, scope = 'User.Read Mail.ReadWrite' }: Answer) {
  const loginUrl = await serve((_request, response) =>
    response.end(
      JSON.stringify({
        token_type: 'Bearer',
        scope,
        expires_in: 3_600,
        access_token: 'access',
        refresh_token: 'refresh',
        id_token: new UnsecuredJWT({ ...goodClaims, ...claims }).encode(),
        client_info: Buffer.from('{"uid":"object","utid":"tenant"}').toString('base64url'),
      }),
    ),
  );
  const microsoft = new Microsoft({
    clientId: 'client',
    clientSecret: new Secret('client secret'),
    tenantId: 'common',
    loginUrl,
    graphUrl: 'https://graph.microsoft.com',
    redirectUri: 'http://localhost:8010/auth/callback',
  });
  return microsoft.redeemCode({ code: 'code', codeVerifier: 'verifier', nonce: 'nonce' });
}

describe('what a token endpoint answers', () => {
  it('is an account by directory and object id, named by preferred_username only', async () => {
    const { account } = await redeem({});

    expect(account).toEqual({ microsoftId: 'tenant.object', tenantId: 'tenant', username: 'ada@example.com' });
  });

  it('may name the scopes in full', async () => {
    const graph = 'https://graph.microsoft.com';

    await expect(redeem({ scope: `${graph}/mail.readwrite ${graph}/User.Read` })).resolves.toBeDefined();
  });

  it.each([
    ['an ID token for another app', { claims: { aud: 'another' } }, { reason: 'unusable_id_token' }],
    ['an account without an object id', { claims: { oid: undefined } }, { reason: 'unusable_id_token' }],
    ['an account without a directory', { claims: { tid: '' } }, { reason: 'unusable_id_token' }],
    ['an account without a name', { claims: { preferred_username: ' ' } }, { reason: 'unusable_id_token' }],
    ['the nonce of another sign-in', { claims: { nonce: 'another' } }, { reason: 'nonce_mismatch' }],
    ['no nonce', { claims: { nonce: undefined } }, { reason: 'nonce_mismatch' }],
    ['fewer permissions than asked for', { scope: 'User.Read' }, { reason: 'consent_required' }],
  ])('is refused with %s', async (_name, answer, told) => {
    await expect(redeem(answer)).rejects.toMatchObject(told);
  });
});
