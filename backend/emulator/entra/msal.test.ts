import {
  ConfidentialClientApplication,
  CryptoProvider,
  type INetworkModule,
  type NetworkRequestOptions,
  type NetworkResponse,
} from '@azure/msal-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';

const scopesAsked = ['User.Read', 'Mail.ReadWrite', 'offline_access'];
const testRedirectUri = 'http://localhost:9/callback';
const adaEmail = 'ada@contoso.example';

/** Sends what msal-node addresses to https on to the emulator's plain http. */
class PlainHttp implements INetworkModule {
  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return send('GET', url, options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return send('POST', url, options);
  }
}

async function send<T>(method: string, url: string, options: NetworkRequestOptions = {}): Promise<NetworkResponse<T>> {
  const { headers = {}, body = null } = options;
  const reply = await fetch(plain(url), { method, headers, body });
  const parsed: T = JSON.parse(await reply.text());
  return { headers: Object.fromEntries(reply.headers), body: parsed, status: reply.status };
}

function plain(url: string): string {
  return url.replace(/^https:\/\/127\.0\.0\.1/, 'http://127.0.0.1');
}

describe('msal-node against the sign-in service', () => {
  let emulator: Emulator;
  let app: ConfidentialClientApplication;

  beforeEach(async () => {
    emulator = await startEmulator();
    emulator.people.add({ email: adaEmail, name: 'Ada Lovelace' });
    app = appFor(emulator);
  });
  afterEach(async () => {
    await emulator.close();
  });

  it('signs in with a code and PKCE, and knows who it is', async () => {
    const { account, scopes } = await acquire(app);

    const ada = emulator.people.get(adaEmail);
    expect(account?.homeAccountId).toBe(`${ada.oid}.${ada.tid}`);
    expect(account?.username).toBe(adaEmail);
    expect(account?.name).toBe('Ada Lovelace');
    expect(account?.idTokenClaims).toMatchObject({ tid: ada.tid, oid: ada.oid, aud: emulator.clientId });
    expect(scopes).toEqual(expect.arrayContaining(['User.Read', 'Mail.ReadWrite']));
  });

  it('gets a new access token from the refresh token, again and again', async () => {
    const first = await acquire(app);

    const second = await renew(app, first.account);
    const third = await renew(app, first.account);

    expect(new Set([first.accessToken, second.accessToken, third.accessToken]).size).toBe(3);
    expect(await meStatus(emulator, third.accessToken)).toBe(200);
  });

  it('renews by itself once the token has expired', async () => {
    emulator.grants.lifetimes = { ...emulator.grants.lifetimes, accessTokenMs: 60_000 }; // within msal's renewal margin
    const first = await acquire(app);

    const second = await app.acquireTokenSilent({ account: present(first.account), scopes: scopesAsked });

    expect(second.accessToken).not.toBe(first.accessToken);
  });

  it.each([
    ['invalid_grant', 'ServerError', 'invalid_grant'],
    ['invalid_grant_with_suberror', 'InteractionRequiredAuthError', 'invalid_grant'],
    ['interaction_required', 'InteractionRequiredAuthError', 'interaction_required'],
    ['consent_required', 'InteractionRequiredAuthError', 'invalid_grant'],
  ] as const)('learns of a grant revoked as %s, and can sign in again', async (how, name, errorCode) => {
    const { account } = await acquire(app);

    emulator.grants.revoke(emulator.people.get(adaEmail), how);

    await expect(renew(app, account)).rejects.toMatchObject({ name, errorCode });
    const again = await acquire(app);
    expect((await renew(app, again.account)).accessToken).not.toBe('');
  });

  it('finds its authority by instance discovery as well', async () => {
    const discovered = appFor(emulator, { instanceMetadata: await instanceMetadata(emulator) });

    const { account } = await acquire(discovered);

    expect(account?.username).toBe(adaEmail);
  });
});

function appFor(
  { loginUrl, clientId, clientSecret }: Emulator,
  { instanceMetadata: cloudDiscoveryMetadata = '' } = {},
) {
  const authority = loginUrl.replace('http:', 'https:');
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret,
      authority: `${authority}/common`,
      ...(cloudDiscoveryMetadata === '' ? { knownAuthorities: [new URL(authority).host] } : { cloudDiscoveryMetadata }),
    },
    system: { networkClient: new PlainHttp() },
  });
}

async function instanceMetadata({ loginUrl }: Emulator): Promise<string> {
  const reply = await fetch(`${loginUrl}/common/discovery/instance?api-version=1.1`);
  return reply.text();
}

async function acquire(app: ConfidentialClientApplication) {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const url = await app.getAuthCodeUrl({
    scopes: scopesAsked,
    redirectUri: testRedirectUri,
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    loginHint: adaEmail,
    state: 'opaque',
  });
  const reply = await fetch(plain(url), { redirect: 'manual' });
  const location = new URL(reply.headers.get('location') ?? '');
  expect(location.searchParams.get('state')).toBe('opaque');
  const code = location.searchParams.get('code') ?? '';
  return app.acquireTokenByCode({ code, scopes: scopesAsked, redirectUri: testRedirectUri, codeVerifier: verifier });
}

async function renew(app: ConfidentialClientApplication, account: Awaited<ReturnType<typeof acquire>>['account']) {
  return app.acquireTokenSilent({ account: present(account), scopes: scopesAsked, forceRefresh: true });
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error('No account');
  return value;
}

async function meStatus({ graphUrl }: Emulator, accessToken: string): Promise<number> {
  const reply = await fetch(`${graphUrl}/v1.0/me`, { headers: { authorization: `Bearer ${accessToken}` } });
  return reply.status;
}
