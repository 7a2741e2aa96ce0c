import { reportPermissions } from '../../src/auth/consent/permission-report.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AdminConsent } from '../../src/auth/consent/admin-consent.ts';
import { generateKeyEntry, parseKeys } from '../../src/auth/tokens/vault-keys.ts';
import { dayMs } from '../../src/lib/durations.ts';
import { LoginState, Mailbox, Session, User } from '../../src/models/index.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { startTestService } from '../harness/service.ts';

const open = z.strictObject({
  signIn: z.literal('ready'),
  missing: z.array(z.string()),
  redirectUri: z.string(),
  adminConsentUrl: z.string(),
});
const forAdmins = open.extend({
  permissions: z.array(
    z.looseObject({
      name: z.string(),
      state: z.string(),
      mustAct: z.string().nullable(),
      mailboxes: z.object({ granted: z.number(), missing: z.number(), unknown: z.number() }),
    }),
  ),
});
const refused = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.object({ adminConsentUrl: z.url() }) }),
});

const colleague = 'bea@contoso.example';
let it365: ConnectedService;
beforeAll(async () => {
  it365 = await startConnectedService();
  it365.microsoft.people.add({ email: colleague });
  it365.microsoft.signIn.needsAdmin = true;
});
afterAll(() => it365[Symbol.asyncDispose]());

const setUp = async (browser = it365.browser()) => (await browser.once('/api/setup')).body;
const countRows = () => Promise.all([User.countDocuments(), Mailbox.countDocuments(), Session.countDocuments()]);
const html = { headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' } };

/** The address at which Microsoft's consent page sends a browser back. */
async function consentReturn(link: string): Promise<URL> {
  it365.microsoft.signIn.nextAs(admin);
  const reply = await fetch(link, { redirect: 'manual' });
  return new URL(reply.headers.get('location') ?? '');
}
async function freshLink(): Promise<string> {
  const body = await setUp(await it365.signedIn(admin));
  return forAdmins.parse(body).adminConsentUrl;
}

describe('before the first admin', () => {
  it('a stranger is told what to do: names of settings, the redirect URI and the link', async () => {
    const { headers, body } = await it365.browser().once('/api/setup');

    const { redirectUri, missing, adminConsentUrl } = open.parse(body);
    expect([redirectUri, missing]).toEqual([`${it365.url}/auth/callback`, []]);
    expect(headers.get('cache-control')).toBe('no-store');
    const link = new URL(adminConsentUrl);
    expect(link.pathname).toBe('/organizations/v2.0/adminconsent');
    expect(link.searchParams.get('client_id')).toBe(it365.microsoft.clientId);
    expect(link.searchParams.get('scope')?.split(' ')).toEqual([
      'openid',
      'profile',
      'offline_access',
      ...['User.Read', 'Mail.ReadBasic', 'Mail.ReadWrite', 'MailboxSettings.Read'].map(
        (name) => `${it365.microsoft.graphUrl}/${name}`,
      ),
    ]);
    expect(JSON.stringify(body)).not.toContain(it365.microsoft.clientSecret);
  });

  it('a refusal for missing consent leads to the link, and has asked for less first', async () => {
    const asked = it365.microsoft.faults.add({ kind: 'slow', delayMs: 0, target: 'login', path: '/authorize' });

    const { status, body } = await it365.browser().signIn(admin);

    expect(status).toBe(403);
    const { code, message, details } = refused.parse(body).error;
    expect(code).toBe('admin_consent_required');
    expect(message).toContain('details.adminConsentUrl');
    expect(details.adminConsentUrl).toContain('/v2.0/adminconsent?');
    expect(asked()).toBe(2);
    it365.microsoft.faults.clear();
  });

  it('the return of the link signs nobody in, and says what to do next', async () => {
    const before = await countRows();
    const link = open.parse(await setUp()).adminConsentUrl;
    const back = await consentReturn(link);
    const browser = it365.browser();

    const { status, headers, body } = await browser.once(back.pathname + back.search);

    expect([status, body]).toMatchObject([200, { adminConsent: 'granted', next: '/auth/login' }]);
    expect(headers.getSetCookie()).toEqual([]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await browser.once('/auth/me')).status).toBe(401);
    expect(await countRows()).toEqual(before);
    expect((await browser.signIn(admin)).status).toBe(200);
  });
});

describe('once there is an admin', () => {
  it('strangers and colleagues get one word, the admin everything', async () => {
    const ada = await it365.signedIn(admin);
    await ada.write('POST', '/api/admin/users', { email: colleague });
    const bea = await it365.signedIn(colleague);

    for (const browser of [it365.browser(), bea]) expect(await setUp(browser)).toEqual({ signIn: 'ready' });
    const { permissions } = forAdmins.parse(await setUp(ada));
    expect(permissions.map(({ name, state }) => [name, state])).toEqual([
      ['User.Read', 'granted'],
      ['Mail.ReadWrite', 'granted'],
      ['MailboxSettings.Read', 'granted'],
    ]);
  });

  it('a session that is made up, or has ended, opens nothing', async () => {
    const ada = await it365.signedIn(admin);
    const copy = it365.browser();
    for (const [name, value] of Object.entries(ada.cookies(it365.url))) copy.setCookie(it365.url, name, value);
    expect(forAdmins.safeParse(await setUp(copy)).success).toBe(true);
    await ada.write('POST', '/auth/logout');
    const madeUp = it365.browser();
    madeUp.setCookie(it365.url, 'msedb_session', 'a'.repeat(43));

    for (const browser of [copy, madeUp]) expect(await setUp(browser)).toEqual({ signIn: 'ready' });
  });

  it('a mailbox whose token lacks a permission is counted, and one of which nothing is known is not', async () => {
    const ada = await it365.signedIn(admin);
    await Mailbox.updateOne({ email: colleague }, { grantedScopes: ['User.Read', 'Mail.ReadWrite'] });
    await Mailbox.updateOne({ email: admin }, { $unset: { grantedScopes: 1 } });

    const { permissions } = forAdmins.parse(await setUp(ada));

    expect(permissions.find(({ name }) => name === 'MailboxSettings.Read')).toMatchObject({
      state: 'not_granted',
      mustAct: 'tenant_admin',
      mailboxes: { granted: 0, missing: 1, unknown: 1 },
    });
  });
});

/** A browser that comes back from the link with something changed. It never changes a row, and never gets a cookie. */
async function ask(change: (query: URLSearchParams) => void, init: RequestInit = {}) {
  const back = await consentReturn(await freshLink());
  change(back.searchParams);
  const before = [await countRows(), await LoginState.countDocuments()];
  const answer = await it365.browser().once(`/auth/callback?${back.searchParams.toString()}`, init);
  expect([await countRows(), await LoginState.countDocuments()]).toEqual(before);
  expect(answer.headers.getSetCookie()).toEqual([]);
  return answer;
}

describe('an installation that only looks', () => {
  it('asks an administrator for no permission to change mail, and reports on none', async () => {
    const { microsoft, service } = it365;
    const { graphUrl, loginUrl, clientId } = microsoft;
    const keys = parseKeys(service.config.encryptionKeys?.reveal());
    const settings = { clientId, tenantId: 'common', loginUrl, graphUrl, redirectUri: `${it365.url}/auth/callback` };
    await Mailbox.updateMany({}, { access: 'look', grantedScopes: ['User.Read', 'Mail.ReadBasic'] });

    const link = await new AdminConsent({ ...settings, keys, mailAccess: 'look-only', clock: Date.now }).link();
    const report = await reportPermissions('look-only');

    const scopes = new URL(link ?? '').searchParams.get('scope')?.split(' ') ?? [];
    expect(
      scopes.filter((scope) => scope.startsWith(graphUrl)).map((scope) => scope.slice(graphUrl.length + 1)),
    ).toEqual(['User.Read', 'Mail.ReadBasic']);
    expect(report.map(({ name, state, mustAct }) => [name, state, mustAct])).toEqual([
      ['User.Read', 'granted', null],
      ['Mail.ReadBasic', 'granted', null],
    ]);
    await Mailbox.updateMany({}, { access: 'act', grantedScopes: ['User.Read', 'Mail.ReadWrite'] });
  });
});

describe('the return of the admin-consent link', () => {
  it.each([
    ['made up', 'made.up.state'],
    ['of a sign-in', 'a'.repeat(43)],
    ['empty', ''],
  ])('with a state that is %s is refused', async (_name, state) => {
    const { status, body } = await ask((query) => query.set('state', state));

    expect([status, body]).toMatchObject([400, { error: { code: 'consent_state_unknown' } }]);
  });

  it('with the state of another installation, or one of 8 days ago, is refused', async () => {
    const { microsoft, service } = it365;
    const { graphUrl, loginUrl, clientId } = microsoft;
    const settings = { clientId, tenantId: 'common', loginUrl, graphUrl, redirectUri: `${it365.url}/auth/callback` };
    const ours = parseKeys(service.config.encryptionKeys?.reveal());
    const stateAt = async (keys: typeof ours, daysAgo: number) => {
      const link = await new AdminConsent({ ...settings, keys, clock: () => Date.now() - daysAgo * dayMs }).link();
      return new URL(link ?? '').searchParams.get('state') ?? '';
    };
    const codes = [];
    for (const state of [
      await stateAt(parseKeys(generateKeyEntry()), 0),
      await stateAt(ours, 8),
      await stateAt(ours, 6),
    ])
      codes.push((await ask((query) => query.set('state', state))).status);

    expect(codes).toEqual([400, 400, 200]);
  });

  it('is no sign-in, even with a code and the state of a sign-in that this browser began', async () => {
    const browser = it365.browser();
    const { headers } = await browser.once(`/auth/login?loginHint=${admin}`);
    const authorize = new URL(headers.get('location') ?? '');
    const back = new URL((await browser.once(authorize.href)).headers.get('location') ?? '');
    back.searchParams.set('admin_consent', 'True');
    const sessions = await Session.countDocuments();

    const { status } = await browser.once(back.pathname + back.search);

    expect(status).toBe(400);
    expect(await Session.countDocuments()).toBe(sessions);
    expect((await browser.once('/auth/me')).status).toBe(401);
  });

  it('with an error is a refusal, although admin_consent says True, and names the policy and the closed window', async () => {
    const { status, body } = await ask((query) => {
      query.set('error', 'access_denied');
      query.set('error_description', 'AADSTS65004: <script>call +1 555 0100</script>');
    });

    expect(status).toBe(403);
    const { code, message } = refused.parse(body).error;
    expect(code).toBe('access_denied');
    expect(message).toMatch(/window was closed.*policy.*AADSTS65004/);
    expect(message).not.toMatch(/script|555/);
  });

  it('without a yes is no consent', async () => {
    const { status } = await ask((query) => query.set('admin_consent', 'False'));

    expect(status).toBe(403);
  });

  it('is a page for a browser, on which nothing of the request stands', async () => {
    const yes = await ask((query) => query.set('tenant', '<script>alert(1)</script>'), html);
    const no = await ask((query) => query.set('error', '<script>alert(1)</script>'), html);

    expect([yes.status, yes.headers.get('content-type'), no.status]).toEqual([200, 'text/html; charset=utf-8', 403]);
    expect(yes.body).toContain('<a href="/auth/login">');
    expect(no.body).toContain('/v2.0/adminconsent?');
    for (const { body } of [yes, no]) expect(body).not.toContain('script');
  });
});

it('a service without settings names them, and has no link', async () => {
  await using service = await startTestService();

  const { body } = await service.http.get('/api/setup');

  expect(body).toEqual({
    signIn: 'not_set_up',
    missing: [
      'MICROSOFT_CLIENT_ID',
      'MICROSOFT_CLIENT_SECRET (or MICROSOFT_CLIENT_CERTIFICATE_FILE with MICROSOFT_CLIENT_KEY_FILE, or MICROSOFT_CLIENT_TYPE=public)',
      'ENCRYPTION_KEYS',
      'ADMIN_EMAIL',
    ],
    redirectUri: 'http://localhost:8010/auth/callback',
    adminConsentUrl: null,
  });
});
