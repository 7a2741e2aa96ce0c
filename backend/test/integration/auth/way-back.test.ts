import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSession } from '../../../src/auth/sessions.ts';
import { Microsoft } from '../../../src/auth/microsoft/msal.ts';
import { finishSignIn, startSignIn } from '../../../src/auth/sign-in/sign-in.ts';
import { randomId } from '../../../src/lib/crypto.ts';
import { minuteMs } from '../../../src/lib/durations.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { buildIndexes, LoginState, models, Session } from '../../../src/models/index.ts';
import { buildUser } from '../../factories/user.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { recordIndexLog } from '../models/indexes/index-log.ts';
import { adminEmail, startEntra, tenantId, type TestEntra } from './entra.ts';

let database: TestDatabase;
let entra: TestEntra;
beforeAll(async () => {
  database = await connectTestDatabase();
  await buildIndexes(models, recordIndexLog());
  entra = await startEntra();
  entra.emulator.people.add({ email: adminEmail });
});
beforeEach(() => entra.emulator.faults.clear());
afterAll(async () => {
  await entra[Symbol.asyncDispose]();
  await database.drop();
});

/** A person who has been invited. */
async function invited(): Promise<string> {
  const email = entra.person();
  await buildUser({ email, tenantId });
  return email;
}

describe('the way back from Microsoft', () => {
  it('is open once', async () => {
    const email = await invited();
    const { url, browserBinding } = await startSignIn(entra.deps, { purpose: 'sign-in' });
    const landing = await entra.visit(url, email);
    await finishSignIn(entra.deps, { ...landing, browserBinding });

    const again = finishSignIn(entra.deps, { ...landing, browserBinding });

    await expect(again).rejects.toMatchObject({ status: 400, code: 'login_state_unknown' });
  });

  it('is open once even for two who come at the same moment', async () => {
    const email = await invited();
    const { url, browserBinding } = await startSignIn(entra.deps, { purpose: 'sign-in' });
    const landing = await entra.visit(url, email);

    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => finishSignIn(entra.deps, { ...landing, browserBinding })),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each([['another browser', randomId()] as const, ['a browser without the cookie', undefined] as const])(
    'is closed to %s, and then to the first one too',
    async (_who, otherBinding) => {
      const email = await invited();
      const { url, browserBinding } = await startSignIn(entra.deps, { purpose: 'sign-in' });
      const landing = await entra.visit(url, email);
      const sessions = await Session.countDocuments();

      const stolen = finishSignIn(entra.deps, {
        ...landing,
        ...(otherBinding === undefined ? {} : { browserBinding: otherBinding }),
      });
      await expect(stolen).rejects.toMatchObject({ status: 403, code: 'wrong_browser' });

      const late = finishSignIn(entra.deps, { ...landing, browserBinding });
      await expect(late).rejects.toMatchObject({ status: 400, code: 'login_state_unknown' });
      expect(await Session.countDocuments()).toBe(sessions);
    },
  );

  it('is closed after 10 minutes', async () => {
    const email = await invited();
    const begun = Date.now();
    const { url, browserBinding } = await startSignIn({ ...entra.deps, clock: () => begun }, { purpose: 'sign-in' });
    const landing = await entra.visit(url, email);
    const late = { ...entra.deps, clock: () => begun + 10 * minuteMs };

    await expect(finishSignIn(late, { ...landing, browserBinding })).rejects.toMatchObject({
      code: 'login_state_unknown',
    });
  });

  it('does not open with anything that appears in a URL, nor is that a session', async () => {
    const email = await invited();
    const { url, browserBinding } = await startSignIn(entra.deps, { purpose: 'sign-in' });
    const landing = await entra.visit(url, email);
    await finishSignIn(entra.deps, { ...landing, browserBinding });

    for (const shown of [...new URL(url).searchParams.values(), landing.code ?? '', landing.state]) {
      expect(await readSession(shown)).toBeUndefined();
    }
  });

  it('keeps neither state nor cookie readable in the store', async () => {
    const { url, browserBinding } = await startSignIn(entra.deps, { purpose: 'sign-in' });

    const rows = JSON.stringify(await LoginState.find().lean());

    expect(rows).not.toContain(browserBinding);
    expect(rows).not.toContain(new URL(url).searchParams.get('state'));
  });

  it('needs the code to be for the challenge of its own start', async () => {
    const email = await invited();
    const [one, other] = [
      await startSignIn(entra.deps, { purpose: 'sign-in' }),
      await startSignIn(entra.deps, { purpose: 'sign-in' }),
    ];
    const { code = '' } = await entra.visit(one.url, email);
    const { state } = await entra.visit(other.url, email);

    const mixed = finishSignIn(entra.deps, { state, code, browserBinding: other.browserBinding });

    await expect(mixed).rejects.toMatchObject({ status: 400, code: 'sign_in_again' });
  });

  it.each([
    ['access_denied', 403, 'access_denied'],
    ['consent_required', 403, 'consent_required'],
    ['login_required', 400, 'sign_in_again'],
    ['temporarily_unavailable', 503, 'microsoft_unavailable'],
    ['<script>', 502, 'microsoft_refused'],
    ['toString', 502, 'microsoft_refused'],
  ])('says clearly that Microsoft answered %s', async (error, status, code) => {
    const { url, browserBinding } = await startSignIn(entra.deps, { purpose: 'sign-in' });
    const state = new URL(url).searchParams.get('state') ?? '';

    const refused = finishSignIn(entra.deps, { state, error, browserBinding });

    await expect(refused).rejects.toMatchObject({ status, code, message: expect.not.stringContaining('<') });
  });

  it('says that Microsoft refuses this service, when its client secret is not the app’s', async () => {
    const email = await invited();
    const microsoft = new Microsoft({
      clientId: entra.emulator.clientId,
      clientSecret: new Secret('one that has expired'),
      tenantId: 'common',
      loginUrl: entra.emulator.loginUrl,
      graphUrl: entra.emulator.graphUrl,
      redirectUri: 'http://localhost:8010/auth/callback',
    });
    const { url, browserBinding } = await startSignIn({ ...entra.deps, microsoft }, { purpose: 'sign-in' });
    const landing = await entra.visit(url, email);

    const attempt = finishSignIn({ ...entra.deps, microsoft }, { ...landing, browserBinding });

    await expect(attempt).rejects.toMatchObject({
      status: 502,
      code: 'client_secret_wrong',
      cause: { reason: 'client_secret_wrong', aadsts: 7_000_215 },
    });
  });

  it('says that Microsoft is not there, when it is not', async () => {
    const email = await invited();
    const { url, browserBinding } = await startSignIn(entra.deps, { purpose: 'sign-in' });
    const landing = await entra.visit(url, email);
    entra.emulator.faults.add({ kind: 503, target: 'login' });

    const attempt = finishSignIn(entra.deps, { ...landing, browserBinding });

    await expect(attempt).rejects.toMatchObject({ status: 503, code: 'microsoft_unavailable' });
  });
});
