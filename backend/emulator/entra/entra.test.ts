import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import { authorizationCode, graphClient, record, redeem, signIn } from '../testing/app-client.ts';

const testRedirectUri = 'http://localhost:9/callback';
const adaEmail = 'ada@contoso.example';
const benEmail = 'ben@fabrikam.example';

describe('the sign-in service', () => {
  let emulator: Emulator;

  beforeEach(async () => {
    emulator = await startEmulator();
    emulator.people.add({ email: adaEmail });
    emulator.people.add({ email: benEmail });
  });
  afterEach(async () => {
    await emulator.close();
  });

  it('publishes the key that its id tokens are signed with', async () => {
    const code = await authorizationCode(emulator, { scope: 'openid User.Read', login_hint: adaEmail, nonce: 'n-1' });
    const { body } = await redeem(emulator, { grant_type: 'authorization_code', code, redirect_uri: testRedirectUri });

    const { jwks_uri: jwksUri } = await openid(emulator, emulator.people.get(adaEmail).tid);
    const { payload } = await jwtVerify(String(body['id_token']), createRemoteJWKSet(new URL(String(jwksUri))));

    expect(payload).toMatchObject({ aud: emulator.clientId, preferred_username: adaEmail, nonce: 'n-1', ver: '2.0' });
    expect(payload.iss).toBe((await openid(emulator, emulator.people.get(adaEmail).tid))['issuer']);
    expect(body).not.toHaveProperty('refresh_token'); // offline_access was not asked for
  });

  it('redeems a code once only', async () => {
    const code = await authorizationCode(emulator, { scope: 'openid', login_hint: adaEmail });
    const form = { grant_type: 'authorization_code', code, redirect_uri: testRedirectUri };

    expect((await redeem(emulator, form)).status).toBe(200);
    expect(await redeem(emulator, form)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_codes: [54005] },
    });
  });

  it('refuses another redirect address, a wrong verifier, and a wrong secret', async () => {
    const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
    const form = { grant_type: 'authorization_code', redirect_uri: testRedirectUri };
    const code = (): Promise<string> =>
      authorizationCode(emulator, { scope: 'openid', login_hint: adaEmail, ...challenge });

    const elsewhere = await redeem(emulator, { ...form, code: await code(), redirect_uri: 'http://localhost:9/other' });
    const unproven = await redeem(emulator, { ...form, code: await code(), code_verifier: 'guess' });
    const unknown = await redeem(emulator, { ...form, code: await code(), client_secret: 'guess' });

    expect(elsewhere.body['error_codes']).toEqual([500112]);
    expect(unproven.body['error_codes']).toEqual([501481]);
    expect(unknown).toMatchObject({ status: 401, body: { error: 'invalid_client', error_codes: [7000215] } });
  });

  it('redirects only to registered addresses', async () => {
    const reply = await authorize(emulator, { redirect_uri: 'https://evil.example/callback' });

    expect(reply.status).toBe(400);
    expect(await reply.text()).toContain('AADSTS50011');
  });

  it('asks on a page who signs in, and can be told no', async () => {
    emulator.signIn.mode = 'page';

    const page = await authorize(emulator, { login_hint: adaEmail, state: '"><script>' });
    const text = await page.text();
    const declined = await authorize(emulator, { emulator_answer: 'deny', state: 's' });
    const accepted = await authorize(emulator, { emulator_answer: benEmail, state: 's' });

    expect(text).toContain(`value="${benEmail}"`);
    expect(text).not.toContain('"><script>');
    expect(declined.headers.get('location')).toMatch(/error=access_denied.*state=s/);
    expect(accepted.headers.get('location')).toMatch(/code=.*state=s/);
  });

  it('answers with the person, or the refusal, that was lined up', async () => {
    emulator.signIn.nextAs(benEmail);
    emulator.signIn.denyNext();

    const first = await authorizationCode(emulator, { scope: 'User.Read openid', login_hint: adaEmail });
    const second = await authorize(emulator, { login_hint: adaEmail });

    const { body } = await redeem(emulator, {
      grant_type: 'authorization_code',
      code: first,
      redirect_uri: testRedirectUri,
    });
    const me = await graphClient(emulator, String(body['access_token']))('/me');
    expect(me.body['mail']).toBe(benEmail);
    expect(second.headers.get('location')).toContain('access_denied');
  });

  it('posts the answer when response_mode is form_post', async () => {
    const reply = await authorize(emulator, { login_hint: adaEmail, response_mode: 'form_post', state: 's' });

    expect(await reply.text()).toMatch(/method="post" action="http:\/\/localhost:9\/callback".*name="code"/);
  });

  it('gives a new refresh token each time; the old one works as long as the grace lasts', async () => {
    const { refreshToken } = await signIn(emulator, adaEmail);
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };

    const first = await redeem(emulator, form);
    const again = await redeem(emulator, form);
    emulator.grants.lifetimes = { ...emulator.grants.lifetimes, refreshGraceMs: 1_000 };
    emulator.clock.advance(5_000);
    const late = await redeem(emulator, form);

    expect(first.body['refresh_token']).not.toBe(refreshToken);
    expect(again.status).toBe(200);
    expect(late.body['error']).toBe('invalid_grant');
  });

  it('lets go of a refresh token after 90 days, and of a scope that was never consented to', async () => {
    const { refreshToken } = await signIn(emulator, adaEmail, 'openid offline_access Mail.ReadBasic');
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };

    const more = await redeem(emulator, { ...form, scope: 'Mail.ReadWrite' });
    emulator.clock.advance(91 * 24 * 3_600_000);
    const late = await redeem(emulator, form);

    expect(more.body).toMatchObject({ error: 'invalid_grant', suberror: 'consent_required', error_codes: [65001] });
    expect(late.body).toMatchObject({ error: 'invalid_grant', error_codes: [700082] });
  });

  it('signs out, and sends the browser back', async () => {
    const logout = `${emulator.loginUrl}/common/oauth2/v2.0/logout`;
    const back = encodeURIComponent('http://localhost:9/bye');

    const reply = await fetch(`${logout}?post_logout_redirect_uri=${back}&state=s`, { redirect: 'manual' });

    expect(reply.headers.get('location')).toBe('http://localhost:9/bye?state=s');
  });

  it('fails on demand at the token endpoint, for one person only', async () => {
    const ada = await signIn(emulator, adaEmail);
    const ben = await signIn(emulator, benEmail);
    emulator.faults.add({ kind: 503, target: 'login', mailbox: adaEmail, times: 1 });
    const renew = (token: string) => redeem(emulator, { grant_type: 'refresh_token', refresh_token: token });

    const [spared, struck, healed] = [
      await renew(ben.refreshToken),
      await renew(ada.refreshToken),
      await renew(ada.refreshToken),
    ];

    expect([spared.status, struck.status, healed.status]).toEqual([200, 503, 200]);
    expect(struck.body['error']).toBe('temporarily_unavailable');
  });
});

async function openid({ loginUrl }: Emulator, tenant: string): Promise<Record<string, unknown>> {
  const reply = await fetch(`${loginUrl}/${tenant}/v2.0/.well-known/openid-configuration`);
  return record(await reply.json());
}

function authorize({ loginUrl, clientId }: Emulator, query: Readonly<Record<string, string>>): Promise<Response> {
  const fields = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: testRedirectUri,
    scope: 'openid User.Read',
    ...query,
  };
  return fetch(`${loginUrl}/common/oauth2/v2.0/authorize?${new URLSearchParams(fields).toString()}`, {
    redirect: 'manual',
  });
}
