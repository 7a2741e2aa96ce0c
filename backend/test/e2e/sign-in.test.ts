import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mailbox, User } from '../../src/models/index.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

describe('signing in with Microsoft', () => {
  let it365: ConnectedService;
  beforeAll(async () => {
    it365 = await startConnectedService();
    for (const name of ['bea', 'carl', 'dora']) it365.microsoft.people.add({ email: `${name}@contoso.example` });
  });
  afterAll(async () => {
    await it365[Symbol.asyncDispose]();
  });

  it('lets the first admin in, and connects their mailbox with its tokens encrypted', async () => {
    const browser = it365.browser();

    const { status, body } = await browser.signIn(admin);

    expect(status).toBe(200);
    expect(body).toMatchObject({ email: admin, displayName: 'Ada', role: 'admin' });
    const mailboxes = await browser.once('/api/mailboxes');
    expect(mailboxes.body).toMatchObject({ items: [{ email: admin, isConnected: true, disconnectReason: null }] });
    const row = await Mailbox.findOne({ email: admin }).lean();
    expect(row?.msalCache).toMatch(/^v1\./);
    expect(JSON.stringify(mailboxes.body)).not.toContain('msalCache');
  });

  it('refuses who is not invited, and writes no row', async () => {
    const { status, body } = await it365.browser().signIn('bea@contoso.example');

    expect([status, body]).toMatchObject([403, { error: { code: 'not_invited' } }]);
    expect(await User.findOne({ email: 'bea@contoso.example' })).toBeNull();
    expect(await Mailbox.findOne({ email: 'bea@contoso.example' })).toBeNull();
  });

  it('lets in whom an admin has invited, and connects further mailboxes of theirs', async () => {
    const ada = await it365.signedIn(admin);
    const invited = await ada.write('POST', '/api/admin/users', { email: 'Carl@Contoso.example' });

    const carl = await it365.signedIn('carl@contoso.example');
    const connected = await carl.connect('dora@contoso.example');

    expect(invited.status).toBe(201);
    expect(connected.body).toMatchObject({
      items: [{ email: 'carl@contoso.example' }, { email: 'dora@contoso.example', isConnected: true }],
    });
    expect((await carl.once('/api/admin/users')).status).toBe(403);
  });

  it('refuses a link that was made in another browser', async () => {
    const attacker = it365.browser();
    const { headers } = await attacker.once(`/auth/login?loginHint=${admin}`);
    const authorize = await attacker.once(headers.get('location') ?? '');
    const callback = authorize.headers.get('location') ?? '';

    const { status, body } = await it365.browser().once(callback);

    expect([status, body]).toMatchObject([403, { error: { code: 'wrong_browser' } }]);
  });

  it('refuses a link for connecting that is opened in another session', async () => {
    const ada = await it365.signedIn(admin);
    const carl = await it365.signedIn('carl@contoso.example');
    const { body } = await ada.write('POST', '/api/mailboxes/connect', { loginHint: 'bea@contoso.example' });
    const authorize = await ada.once(body instanceof Object && 'url' in body ? String(body.url) : '');
    const binding = ada.cookies(it365.url)['msedb_login'] ?? '';
    carl.setCookie(it365.url, 'msedb_login', binding);

    const { status, body: refusal } = await carl.once(authorize.headers.get('location') ?? '');

    expect([status, refusal]).toMatchObject([403, { error: { code: 'wrong_session' } }]);
    expect(await Mailbox.findOne({ email: 'bea@contoso.example' })).toBeNull();
  });

  it('takes a state once', async () => {
    const browser = it365.browser();
    const { headers } = await browser.once(`/auth/login?loginHint=${admin}`);
    const callback = (await browser.once(headers.get('location') ?? '')).headers.get('location') ?? '';

    const first = await browser.once(callback);
    const second = await browser.once(callback);

    expect(first.status).toBe(302);
    expect([second.status, second.body]).toMatchObject([400, { error: { code: 'login_state_unknown' } }]);
  });

  it('makes no session of anything that appears in a URL', async () => {
    const browser = it365.browser();
    const { headers } = await browser.once(`/auth/login?loginHint=${admin}`);
    const authorizeUrl = new URL(headers.get('location') ?? '');
    const callbackUrl = new URL((await browser.once(authorizeUrl.href)).headers.get('location') ?? '');

    for (const value of [...authorizeUrl.searchParams.values(), ...callbackUrl.searchParams.values()]) {
      const stranger = it365.browser();
      stranger.setCookie(it365.url, 'msedb_session', value);
      expect((await stranger.once('/auth/me')).status).toBe(401);
    }
  });

  it('keeps the session in a cookie that no script and no other site can use', async () => {
    const browser = it365.browser();
    const { headers } = await browser.once(`/auth/login?loginHint=${admin}`);
    const callback = (await browser.once(headers.get('location') ?? '')).headers.get('location') ?? '';

    const cookies = (await browser.once(callback)).headers.getSetCookie();

    const session = cookies.find((cookie) => cookie.startsWith('msedb_session=')) ?? '';
    expect(session).toMatch(/HttpOnly/);
    expect(session).toMatch(/SameSite=Lax/);
    expect(Number(/Max-Age=(\d+)/.exec(session)?.[1])).toBeLessThanOrEqual(86_400);
  });

  it('refuses a write without the CSRF token', async () => {
    const ada = await it365.signedIn(admin);

    const { status, body } = await ada.once('/api/me/preferences', { method: 'PATCH' });

    expect([status, body]).toMatchObject([403, { error: { code: 'csrf' } }]);
  });

  it('ends a session at logout, for good', async () => {
    const ada = await it365.signedIn(admin);
    const stolen = it365.browser();
    stolen.setCookie(it365.url, 'msedb_session', ada.cookies(it365.url)['msedb_session'] ?? '');
    expect((await stolen.once('/auth/me')).status).toBe(200);

    const { status } = await ada.write('POST', '/auth/logout');

    expect(status).toBe(204);
    expect((await stolen.once('/auth/me')).status).toBe(401);
  });

  it('ends the sessions of whom an admin deactivates, and lets them in again when reactivated', async () => {
    const ada = await it365.signedIn(admin);
    const carl = await it365.signedIn('carl@contoso.example');
    const carlId = (await User.findOne({ email: 'carl@contoso.example' }).lean())?._id.toString();

    expect((await ada.write('POST', `/api/admin/users/${carlId}/deactivate`)).status).toBe(200);
    expect((await carl.once('/auth/me')).status).toBe(401);
    expect((await it365.browser().signIn('carl@contoso.example')).body).toMatchObject({
      error: { code: 'user_deactivated' },
    });

    expect((await ada.write('POST', `/api/admin/users/${carlId}/reactivate`)).status).toBe(200);
    expect((await it365.browser().signIn('carl@contoso.example')).status).toBe(200);
  });

  it('reads the role on every request', async () => {
    const ada = await it365.signedIn(admin);
    const carl = await it365.signedIn('carl@contoso.example');
    const carlId = (await User.findOne({ email: 'carl@contoso.example' }).lean())?._id.toString();

    await ada.write('PATCH', `/api/admin/users/${carlId}`, { role: 'admin' });
    expect((await carl.once('/api/admin/users')).status).toBe(200);

    await ada.write('PATCH', `/api/admin/users/${carlId}`, { role: 'user' });
    expect((await carl.once('/api/admin/users')).status).toBe(403);
  });

  it('says so when the person refuses, also what everything needs', async () => {
    for (const _question of ['everything', 'what is required']) it365.microsoft.signIn.denyNext();

    const { status, body } = await it365.browser().signIn(admin);

    expect([status, body]).toMatchObject([403, { error: { code: 'access_denied' } }]);
  });
});
