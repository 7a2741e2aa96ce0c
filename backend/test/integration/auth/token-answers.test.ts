import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TokenCacheContext } from '@azure/msal-node';
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
  /** Takes up the scopes of each request. */
  readonly asked?: string[];
}

/** Redeems a code at a token endpoint that answers so. */
async function redeem({ claims = {}, scope = 'User.Read Mail.ReadWrite', asked = [] }: Answer) {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    asked.push(new URLSearchParams(await text(request)).get('scope') ?? '');
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
    );
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
