import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import { control } from '../testing/control-client.ts';
import { graphAs, redeem, signIn } from '../testing/app-client.ts';
import { refusalNumbers } from './refusals.ts';

const adaEmail = 'ada@contoso.example';
const redirectUri = 'http://localhost:9/callback';
const mail = 'openid offline_access User.Read Mail.ReadWrite';

const answerOf = (reply: Response) => new URL(reply.headers.get('location') ?? 'http://none').searchParams;

describe('refusals of the sign-in service', () => {
  let emulator: Emulator;

  beforeEach(async () => {
    emulator = await startEmulator();
    emulator.people.add({ email: adaEmail });
  });
  afterEach(async () => {
    await emulator.close();
  });

  const refuse = (aadsts: number, path: string) =>
    control(emulator, 'POST', '/faults/requests', { kind: 'entra', aadsts, path, times: 1 });

  function open(path: string, query: Readonly<Record<string, string>>): Promise<Response> {
    const fields = { client_id: emulator.clientId, redirect_uri: redirectUri, state: 's', ...query };
    const url = `${emulator.loginUrl}/contoso.example${path}?${new URLSearchParams(fields).toString()}`;
    return fetch(url, { redirect: 'manual' });
  }

  const authorize = () => open('/oauth2/v2.0/authorize', { response_type: 'code', scope: mail, login_hint: adaEmail });

  it('know the nineteen that people meet', () => {
    expect(refusalNumbers).toHaveLength(19);
  });

  it.each([
    [7000215, 401, 'invalid_client', undefined],
    [7000222, 401, 'invalid_client', undefined],
    [7000218, 401, 'invalid_client', undefined],
    [700025, 401, 'invalid_client', undefined],
    [700027, 401, 'invalid_client', undefined],
    [53003, 400, 'invalid_grant', 'message_only'],
    [530003, 400, 'invalid_grant', 'message_only'],
    [50076, 400, 'invalid_grant', 'basic_action'],
    [50079, 400, 'invalid_grant', 'basic_action'],
    [65001, 400, 'invalid_grant', 'consent_required'],
    [90094, 400, 'access_denied', undefined],
    [50105, 400, 'invalid_grant', undefined],
    [65004, 400, 'access_denied', undefined],
    [700016, 400, 'unauthorized_client', undefined],
    [650052, 400, 'invalid_client', undefined],
  ])('come at the token endpoint as AADSTS%d', async (aadsts, status, error, suberror) => {
    const { refreshToken } = await signIn(emulator, adaEmail);
    await refuse(aadsts, '/token');

    const refused = await redeem(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken });
    const healed = await redeem(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken });

    expect(refused).toMatchObject({ status, body: { error, error_codes: [aadsts] } });
    expect(refused.body['suberror']).toBe(suberror);
    expect(String(refused.body['error_description'])).toMatch(new RegExp(`^AADSTS${aadsts}: `));
    expect(healed.status).toBe(200);
  });

  it('come back to the app from the authorize page, or stay there', async () => {
    await refuse(65004, '/authorize');
    const returned = answerOf(await authorize());
    await refuse(53003, '/authorize');
    const stays = await authorize();

    expect([returned.get('error'), returned.get('state')]).toEqual(['access_denied', 's']);
    expect(returned.get('error_description')).toContain('AADSTS65004');
    expect([stays.status, stays.headers.get('location')]).toEqual([200, null]);
    expect(await stays.text()).toContain('AADSTS53003');
  });

  it('let nobody consent to mail by themselves, until an admin has for all', async () => {
    await control(emulator, 'POST', '/sign-in', { needsAdmin: true });
    const refused = answerOf(await authorize());
    const consented = answerOf(await open('/v2.0/adminconsent', { scope: 'https://graph.microsoft.com/.default' }));
    const granted = answerOf(await authorize());

    expect(refused.get('error_description')).toContain('AADSTS90094');
    expect(Object.fromEntries(consented)).toMatchObject({
      admin_consent: 'True',
      tenant: emulator.people.get(adaEmail).tid,
      state: 's',
    });
    expect(consented.has('code')).toBe(false);
    expect(granted.get('code')).toEqual(expect.any(String));
  });

  it('let people in who ask for no mail, and an admin say no', async () => {
    await control(emulator, 'POST', '/sign-in', { needsAdmin: true });
    const me = await (await graphAs(emulator, adaEmail, 'openid User.Read'))('/me');
    await control(emulator, 'POST', '/sign-in', { denyNext: true });
    const denied = answerOf(await open('/v2.0/adminconsent', { scope: 'Mail.ReadWrite' }));

    expect(me.status).toBe(200);
    expect([denied.get('error'), denied.get('state'), denied.get('admin_consent')]).toEqual([
      'access_denied',
      's',
      'True',
    ]);
  });
});
