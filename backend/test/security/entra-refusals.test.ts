import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { announceSecretExpiry } from '../../src/accounts/secret-expiry.ts';
import { dayMs } from '../../src/lib/durations.ts';
import { Mailbox, Notification, User } from '../../src/models/index.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { addJob } from '../harness/service.ts';
import { refusalContext } from '../harness/refusal-context.ts';

/** Refusals that an administrator must act upon, and those that the person can heal. */
const forAdmins = [
  [7000215, 502, 'client_secret_wrong'],
  [7000222, 502, 'client_secret_expired'],
  [7000112, 502, 'app_unknown'],
  [700016, 502, 'app_unknown'],
  [650052, 502, 'app_unknown'],
  [53003, 403, 'conditional_access'],
  [530003, 403, 'conditional_access'],
  [50105, 403, 'not_assigned'],
  [90094, 403, 'admin_consent_required'],
  [50034, 403, 'account_gone'],
] as const;
const forPersons = [
  [50076, 400, 'mfa_required'],
  [50079, 400, 'mfa_required'],
  [65001, 403, 'consent_required'],
  [65004, 403, 'access_denied'],
] as const;

let it365: ConnectedService;
beforeAll(async () => {
  it365 = await startConnectedService();
  await it365.signedIn(admin);
});
beforeEach(async () => {
  it365.microsoft.faults.clear();
  await Notification.deleteMany({});
});
afterAll(() => it365[Symbol.asyncDispose]());

const notices = () => Notification.find({}, 'title message').sort({ createdAt: 1 }).lean();
const refuse = (aadsts: number, path: string) => it365.microsoft.faults.add({ kind: 'entra', aadsts, path });

describe('a refusal of Entra ID at sign-in', () => {
  it.each(forAdmins)('by AADSTS%d reaches the person, and the admins once', async (aadsts, status, code) => {
    refuse(aadsts, '/token');

    const answers = [await it365.browser().signIn(admin), await it365.browser().signIn(admin)];

    for (const answer of answers) {
      expect([answer.status, answer.body]).toMatchObject([status, { error: { code } }]);
      expect(JSON.stringify(answer.body)).toContain(`AADSTS${aadsts}`);
      expect(JSON.stringify(answer.body)).not.toMatch(/Trace ID|sign in again and/);
    }
    const told = await notices();
    expect(told).toMatchObject([{ title: 'Microsoft refuses MSEDB' }]);
    expect(told[0]?.message).toContain(`AADSTS${aadsts}`);
  });

  it.each(forPersons)('by AADSTS%d reaches the person alone', async (aadsts, status, code) => {
    refuse(aadsts, '/token');

    const { status: told, body } = await it365.browser().signIn(admin);

    expect([told, body]).toMatchObject([status, { error: { code } }]);
    expect(JSON.stringify(body)).toContain(`AADSTS${aadsts}`);
    expect(await notices()).toEqual([]);
  });

  it('on the way back reaches them as well: the page of Entra ID asks for an admin', async () => {
    refuse(90094, '/authorize');

    const { status, body } = await it365.browser().signIn(admin);

    expect([status, body]).toMatchObject([403, { error: { code: 'admin_consent_required' } }]);
    expect(await notices()).toHaveLength(1);
  });

  it('is not believed to be more than a number: nothing of a forged text is told or used', async () => {
    const browser = it365.browser();
    const { headers } = await browser.once('/auth/login');
    const state = new URL(headers.get('location') ?? '').searchParams.get('state') ?? '';
    const text = 'AADSTS99999999: <script>call +1 555 0100</script>';
    const query = new URLSearchParams({ state, error: 'access_denied', error_description: text });

    const { status, body } = await browser.once(`/auth/callback?${query.toString()}`);

    expect([status, body]).toMatchObject([403, { error: { code: 'access_denied' } }]);
    expect(body).toMatchObject({ error: { message: expect.not.stringMatching(/script|555/) } });
    expect(await notices()).toEqual([]);
  });
});

const mailbox = () => Mailbox.findOne({ email: admin }).lean().orFail();
const runRefresh = async () => {
  await Mailbox.updateOne({ email: admin }, { 'encryptedTokens.expiresAt': new Date() });
  await addJob(it365.service.queue('token-refresh'), 'token-refresh');
};

describe('a refusal of Entra ID when a token is needed', () => {
  it('by a policy disconnects nothing, asks nobody to sign in again, and ends by itself', async () => {
    await it365.signedIn(admin);
    refuse(53003, '/token');

    await runRefresh();

    await expect
      .poll(async () => (await mailbox()).tokenRefusal)
      .toMatchObject({ code: 'conditional_access', aadsts: 53003 });
    await expect.poll(async () => (await notices()).length).toBe(2);
    expect(await mailbox()).toMatchObject({ isConnected: true });
    for (const { message } of await notices()) {
      expect(message).toContain('AADSTS53003');
      expect(message).toContain('signing in again does not help');
    }

    it365.microsoft.faults.clear();
    await runRefresh();

    await expect.poll(async () => (await mailbox()).tokenRefusal).toBeUndefined();
    expect(await notices()).toHaveLength(2);
  });

  it('by an expired secret disconnects nothing, and the admins are told', async () => {
    await it365.signedIn(admin);
    refuse(7000222, '/token');

    await runRefresh();

    await expect.poll(async () => (await notices()).map(({ title }) => title)).toContain('Microsoft refuses MSEDB');
    expect(await mailbox()).toMatchObject({ isConnected: true });
  });

  it('that only the person can heal says why', async () => {
    await it365.signedIn(admin);
    refuse(50076, '/token');

    await runRefresh();

    await expect.poll(async () => (await mailbox()).isConnected).toBe(false);
    const told = (await notices()).map(({ message }) => message).join();
    expect(told).toContain('multi-factor authentication');
    expect(told).toContain('AADSTS50076');
  });
});

describe('the end of the client secret', () => {
  const expires = new Date('2027-03-01T00:00:00Z');
  const announce = (days: number, day = expires) =>
    announceSecretExpiry({ expires: day, now: expires.getTime() - days * dayMs, logger: refusalContext.logger });

  const announceCertificate = (days: number) =>
    announceSecretExpiry({
      expires: undefined,
      certificateExpires: expires,
      now: expires.getTime() - days * dayMs,
      logger: refusalContext.logger,
    });

  it('is told to each admin 30 days before, a week before and at the end, once each', async () => {
    const admins = await User.countDocuments({ role: 'admin', isActive: true });
    const counts: number[] = [];
    for (const days of [31, 30, 29, 8, 7, 1, 0, -1]) {
      await announce(days);
      counts.push(await Notification.countDocuments({ title: /client secret/ }));
    }

    expect(admins).toBe(1);
    expect(counts).toEqual([0, 1, 1, 1, 2, 2, 3, 3]);
  });

  it('is that of a certificate where one stands in its place: what to renew is named', async () => {
    for (const days of [31, 30, 0]) await announceCertificate(days);
    await announceSecretExpiry({ expires: undefined, now: Date.now(), logger: refusalContext.logger });

    expect(await notices()).toMatchObject([
      {
        title: 'The client certificate expires soon',
        message: expect.stringContaining('MICROSOFT_CLIENT_CERTIFICATE_FILE'),
      },
      { title: 'The client certificate has expired', message: expect.stringContaining('2027-03-01') },
    ]);
  });
});
