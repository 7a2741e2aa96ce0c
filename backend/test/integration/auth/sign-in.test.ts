import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSession, endSession, readSession } from '../../../src/auth/sessions.ts';
import { finishSignIn, startSignIn } from '../../../src/auth/sign-in/sign-in.ts';
import { randomId } from '../../../src/lib/crypto.ts';
import { buildIndexes, Mailbox, models, Session, User } from '../../../src/models/index.ts';
import { buildRule } from '../../factories/rule.ts';
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

describe('signing in', () => {
  it('makes ADMIN_EMAIL the admin, with a session and their own mailbox connected', async () => {
    const result = await entra.signIn(adminEmail, { returnTo: '/rules?page=2' });

    expect(result).toMatchObject({ purpose: 'sign-in', returnTo: '/rules?page=2' });
    expect(await readSession(result.session?.id ?? '')).toMatchObject({ userId: result.userId, role: 'admin' });
    const mailbox = await Mailbox.findById(result.mailboxId).lean().orFail();
    expect(mailbox).toMatchObject({ userId: result.userId, email: adminEmail, isConnected: true });
    expect(mailbox.encryptedTokens?.expiresAt?.getTime()).toBeGreaterThan(Date.now());
  });

  it('asks Microsoft with PKCE, a nonce and no more scopes than needed', async () => {
    const { url } = await startSignIn(entra.deps, { purpose: 'sign-in', loginHint: 'ada@example.com' });

    const query = Object.fromEntries(new URL(url).searchParams);
    expect(url.startsWith(`${entra.emulator.loginUrl}/common/oauth2/v2.0/authorize?`)).toBe(true);
    expect(query).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      redirect_uri: 'http://localhost:8010/auth/callback',
      login_hint: 'ada@example.com',
    });
    expect(query['scope']?.split(' ').toSorted()).toEqual(
      ['Mail.ReadWrite', 'MailboxSettings.Read', 'User.Read', 'offline_access', 'openid', 'profile'].toSorted(),
    );
  });

  it('refuses an uninvited person and writes no row', async () => {
    const before = await Promise.all([User.countDocuments(), Mailbox.countDocuments(), Session.countDocuments()]);

    await expect(entra.signIn(entra.person())).rejects.toMatchObject({ status: 403, code: 'not_invited' });

    expect(await Promise.all([User.countDocuments(), Mailbox.countDocuments(), Session.countDocuments()])).toEqual(
      before,
    );
  });

  it('keeps a deactivated user out and leaves their mailbox alone', async () => {
    const email = await invited();
    const { mailboxId } = await entra.signIn(email);
    await User.updateOne({ email }, { isActive: false });
    const before = await Mailbox.findById(mailboxId).lean();

    await expect(entra.signIn(email)).rejects.toMatchObject({ status: 403, code: 'user_deactivated' });

    expect(await Mailbox.findById(mailboxId).lean()).toEqual(before);
  });

  it('changes the session’s id and ends the one that was there', async () => {
    const email = await invited();
    const { _id: somebody } = await buildUser();
    const planted = await createSession(somebody);

    const { session, userId } = await entra.signIn(email, { sessionId: planted.id });

    expect(session?.id).not.toBe(planted.id);
    expect(await readSession(planted.id)).toBeUndefined();
    expect(await readSession(session?.id ?? '')).toMatchObject({ userId });
  });

  it('again connects the same mailbox again, and keeps its settings and rules', async () => {
    const email = await invited();
    const { mailboxId, userId } = await entra.signIn(email);
    await buildRule({ userId, mailboxId });
    await Mailbox.updateOne(
      { _id: mailboxId },
      {
        $set: {
          isConnected: false,
          disconnectReason: 'sign_in_required',
          disconnectedAt: new Date(),
          'settings.whitelistedDomains': ['example.org'],
          'deltaLinks.inbox': 'link',
        },
      },
    );

    expect(await entra.signIn(email)).toMatchObject({ mailboxId, userId });

    const mailbox = await Mailbox.findById(mailboxId).lean().orFail();
    expect(mailbox).toMatchObject({ isConnected: true, settings: { whitelistedDomains: ['example.org'] } });
    expect(mailbox).toHaveProperty('deltaLinks.inbox', 'link');
    expect(mailbox).not.toHaveProperty('disconnectReason');
    expect(mailbox).not.toHaveProperty('disconnectedAt');
    expect(await Mailbox.countDocuments({ userId })).toBe(1);
  });

  it('never writes into another user’s row of the same mailbox', async () => {
    const email = await invited();
    const { _id: other } = await buildUser();
    const theirs = await Mailbox.create({ userId: other, email });
    const before = await Mailbox.findById(theirs._id).lean();

    const { mailboxId } = await entra.signIn(email);

    expect(mailboxId).not.toEqual(theirs._id);
    expect(await Mailbox.findById(theirs._id).lean()).toEqual(before);
  });

  it('lets several tabs of one browser sign in side by side', async () => {
    const email = await invited();
    const first = await startSignIn(entra.deps, { purpose: 'sign-in' });
    const second = await startSignIn(entra.deps, { purpose: 'sign-in', browserBinding: first.browserBinding });

    expect(second.browserBinding).toBe(first.browserBinding);
    for (const { url } of [first, second]) {
      const landing = await entra.visit(url, email);
      const result = await finishSignIn(entra.deps, { ...landing, browserBinding: first.browserBinding });
      expect(result).toHaveProperty('session.id');
    }
  });

  it('takes no cookie that it has not made', async () => {
    const { browserBinding } = await startSignIn(entra.deps, { purpose: 'sign-in', browserBinding: 'chosen' });

    expect(browserBinding).toMatch(/^[\w-]{43}$/);
  });
});

describe('connecting a further mailbox', () => {
  it('adds a row to the user of the session, whose session goes on', async () => {
    const { session, userId } = await entra.signIn(await invited());
    const further = entra.person();

    const result = await entra.signIn(further, { purpose: 'connect', sessionId: session?.id ?? '' });

    expect(result).toMatchObject({ purpose: 'connect', userId });
    expect(result.session).toBeUndefined();
    expect(await readSession(session?.id ?? '')).toMatchObject({ userId });
    expect(await Mailbox.findById(result.mailboxId).lean()).toMatchObject({
      userId,
      email: further,
      isConnected: true,
    });
    expect(await User.exists({ email: further })).toBeNull();
  });

  it('is refused without a session', async () => {
    const attempt = startSignIn(entra.deps, { purpose: 'connect', sessionId: randomId() });

    await expect(attempt).rejects.toMatchObject({ status: 401, code: 'not_signed_in' });
  });

  it('is refused when it comes back in another session, even of the same browser', async () => {
    const [ours, theirs] = [await entra.signIn(await invited()), await entra.signIn(await invited())];
    const begun = await startSignIn(entra.deps, { purpose: 'connect', sessionId: ours.session?.id ?? '' });
    const landing = await entra.visit(begun.url, entra.person());
    const mailboxes = await Mailbox.countDocuments();

    const elsewhere = finishSignIn(entra.deps, {
      ...landing,
      browserBinding: begun.browserBinding,
      sessionId: theirs.session?.id ?? '',
    });

    await expect(elsewhere).rejects.toMatchObject({ status: 403, code: 'wrong_session' });
    expect(await Mailbox.countDocuments()).toBe(mailboxes);
  });

  it('is refused when the session has ended meanwhile', async () => {
    const { session } = await entra.signIn(await invited());
    const sessionId = session?.id ?? '';
    const begun = await startSignIn(entra.deps, { purpose: 'connect', sessionId });
    const landing = await entra.visit(begun.url, entra.person());
    await endSession(sessionId);

    const late = finishSignIn(entra.deps, { ...landing, browserBinding: begun.browserBinding, sessionId });

    await expect(late).rejects.toMatchObject({ status: 401, code: 'not_signed_in' });
  });

  it('keeps a mailbox that two users connect in two rows', async () => {
    const [one, other] = [await entra.signIn(await invited()), await entra.signIn(await invited())];
    const shared = entra.person();

    const rows = [
      await entra.signIn(shared, { purpose: 'connect', sessionId: one.session?.id ?? '' }),
      await entra.signIn(shared, { purpose: 'connect', sessionId: other.session?.id ?? '' }),
    ];

    const mailboxes = await Mailbox.find({ email: shared }).sort({ _id: 1 }).lean();
    expect(mailboxes.map(({ userId }) => userId)).toEqual([one.userId, other.userId]);
    expect(rows.map(({ mailboxId }) => mailboxId)).toEqual(mailboxes.map(({ _id }) => _id));
  });
});
