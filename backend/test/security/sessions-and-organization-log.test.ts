import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isSessionOpen } from '../../src/auth/sessions.ts';
import { minuteMs } from '../../src/lib/durations.ts';
import { Mailbox, OrgLog, Session, User } from '../../src/models/index.ts';
import { readMetrics } from '../../src/lib/metrics.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { EventReader } from '../harness/event-reader.ts';
import { untilPasses } from '../harness/until-passes.ts';

let it365: ConnectedService;
let accounts: Accounts;
let ada: Browser;
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
  ada = await it365.signedIn(admin);
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

const person = z.object({ logId: z.string(), userId: z.string().nullable(), email: z.string().nullable() }).nullable();
const logPage = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      actor: person,
      target: person,
      details: z.record(z.string(), z.unknown()),
    }),
  ),
  nextCursor: z.string().nullable(),
});
const readLog = async (query = '') => logPage.parse((await ada.once(`/api/admin/audit${query}`)).body);
const kindsOf = async (query: string) => (await readLog(query)).items.map(({ kind }) => kind);
const userOf = (email: string) => User.findOne({ email }).lean().orFail();
const pathOf = async (email: string) => `/api/admin/users/${(await userOf(email))._id.toString()}`;
const errorOf = ({ status, body }: { status: number; body: unknown }) => [status, body];

/** Signs in as a person whom Microsoft does not ask anew. */
async function signInUnasked(email: string): Promise<Browser> {
  const browser = it365.browser();
  const { status } = await browser.visit(`/auth/login?loginHint=${encodeURIComponent(email)}`);
  expect(status).toBe(200);
  return browser;
}

describe("the organization's log", () => {
  it('has every act of an admin on users, the whitelist and rules of the organization', async () => {
    await accounts.join('una@contoso.example');
    const una = await pathOf('una@contoso.example');
    await ada.write('PATCH', una, { role: 'admin' });
    await ada.write('PATCH', una, { role: 'user' });
    await ada.write('POST', `${una}/deactivate`);
    await ada.write('POST', `${una}/reactivate`);
    await ada.write('POST', `${una}/release-address`);
    await ada.write('POST', '/api/admin/users', { email: 'wanda@contoso.example' });
    await ada.write('DELETE', await pathOf('wanda@contoso.example'));
    await ada.write('PATCH', '/api/admin/whitelist', { whitelistedDomains: ['bank.example'] });
    const rule = {
      scope: 'org',
      name: 'Ours',
      conditions: { senderDomain: 'news.example' },
      actions: [{ actionType: 'archive' }],
    };
    const created = await ada.write('POST', '/api/rules', rule);

    expect(created.status).toBe(201);
    const adaId = (await userOf(admin))._id.toHexString();
    const { items } = await readLog(`?actor=${adaId}&limit=200`);
    expect(new Set(items.map(({ kind }) => kind))).toEqual(
      new Set([
        'account_bound',
        'tenant_new',
        'mailbox_connected',
        'signed_in',
        'user_invited',
        'user_role_changed',
        'user_deactivated',
        'user_reactivated',
        'user_address_released',
        'user_invitation_withdrawn',
        'whitelist_updated',
        'rule_created',
      ]),
    );
    expect(items.every(({ actor }) => actor?.email === admin && actor.userId === adaId)).toBe(true);
    expect(JSON.stringify(await OrgLog.find().lean())).not.toMatch(/@|bank\.example/);
  });

  it('has sign-ins, and refusals with their code, and tells strangers nothing', async () => {
    it365.microsoft.people.add({ email: 'stranger@elsewhere.example' });
    await it365.browser().signIn('stranger@elsewhere.example');
    await it365.browser().signIn('stranger@elsewhere.example');
    const vera = await accounts.join('vera@contoso.example');

    const refused = (await readLog('?kind=sign_in_refused')).items;
    const { _id } = await userOf('vera@contoso.example');
    expect(refused.map(({ details }) => details['code'])).toContain('not_invited');
    expect(refused.length).toBeLessThanOrEqual(2);
    expect(await kindsOf(`?actor=${_id.toHexString()}&kind=signed_in,account_bound`)).toEqual([
      'signed_in',
      'account_bound',
    ]);
    expect(errorOf(await vera.once('/api/admin/audit'))).toMatchObject([403, { error: { code: 'admins_only' } }]);
    expect((await it365.browser().once('/api/admin/audit')).status).toBe(401);
    expect(await readMetrics()).toMatch(/msedb_sign_ins_total\{outcome="not_invited"\} [2-9]/);
  });

  it('cannot be filled by those who never began a sign-in', async () => {
    const before = await OrgLog.countDocuments();

    await it365.browser().once('/auth/callback?state=made-up&error=access_denied');

    expect(await OrgLog.countDocuments()).toBe(before);
  });

  it('outlives the account that did it, without anything that names it', async () => {
    const xena = await accounts.join('xena@contoso.example');
    await ada.write('PATCH', await pathOf('xena@contoso.example'), { role: 'admin' });
    await xena.write('POST', '/api/admin/users', { email: 'later@contoso.example' });
    const { _id, logId = new Types.ObjectId() } = await userOf('xena@contoso.example');
    const own = z.object({ organizationLog: z.array(z.object({ kind: z.string() })) });
    const exported = own.parse((await xena.once('/api/me')).body).organizationLog;

    expect((await xena.write('DELETE', '/api/me')).status).toBe(204);

    const kept = (await readLog(`?actor=${logId.toHexString()}`)).items;
    expect(exported.map(({ kind }) => kind)).toContain('user_invited');
    expect(kept.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['user_invited', 'signed_in', 'account_deleted']),
    );
    expect(kept.every(({ actor }) => actor?.userId === null && actor.email === null)).toBe(true);
    expect(JSON.stringify(await OrgLog.find().lean())).not.toContain(_id.toHexString());
  });

  it('is read page by page, each entry once', async () => {
    const whole = (await readLog('?limit=200')).items.map(({ id }) => id);
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await readLog(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      paged.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }

    expect(whole.length).toBeGreaterThan(6);
    expect(paged).toEqual(whole);
    expect(await kindsOf('?from=2999-01-01')).toEqual([]);
    expect((await ada.once('/api/admin/audit?from=2026-02-01&to=2026-01-01')).status).toBe(400);
  });
});

describe('sessions', () => {
  const list = z.object({
    items: z.array(z.looseObject({ id: z.string(), isCurrent: z.boolean(), browser: z.string().nullable() })),
  });
  const sessionsOf = async (browser: Browser) => list.parse((await browser.once('/api/me/sessions')).body).items;

  it('are listed without anything that opens them, and ended one by one or all but this one', async () => {
    const email = 'sam@contoso.example';
    const here = await accounts.join(email);
    const [there, elsewhere] = [await it365.signedIn(email), await it365.signedIn(email)];
    const listed = await sessionsOf(here);
    const hashes = (await Session.find().lean()).map(({ idHash }) => idHash);
    const thereOnes = (await sessionsOf(there)).find(({ isCurrent }) => isCurrent);

    const ended = await here.write('DELETE', `/api/me/sessions/${thereOnes?.id}`);
    const again = await here.write('DELETE', `/api/me/sessions/${thereOnes?.id}`);

    expect(listed).toHaveLength(3);
    expect(listed.filter(({ isCurrent }) => isCurrent)).toHaveLength(1);
    expect(hashes.some((hash) => JSON.stringify(listed).includes(hash))).toBe(false);
    expect(await isSessionOpen(listed[0]?.id ?? '')).toBe(false);
    expect([ended.status, again.status]).toEqual([204, 404]);
    expect((await there.once('/auth/me')).status).toBe(401);
    expect((await elsewhere.once('/auth/me')).status).toBe(200);
    expect((await here.write('DELETE', '/api/me/sessions')).body).toEqual({ ended: 1 });
    expect([(await elsewhere.once('/auth/me')).status, (await here.once('/auth/me')).status]).toEqual([401, 200]);
  });

  it('of others cannot be ended', async () => {
    const tom = await accounts.join('tom@contoso.example');
    const [adas] = await sessionsOf(ada);

    expect((await tom.write('DELETE', `/api/me/sessions/${adas?.id}`)).status).toBe(404);
    expect((await ada.once('/auth/me')).status).toBe(200);
  });

  it.each(['deactivation', 'logout', 'ending it', 'ending all others'])(
    'end their open streams within a second of %s',
    async (how) => {
      const email = `stream-${how.replaceAll(' ', '-')}@contoso.example`;
      const browser = await accounts.join(email);
      const other = await it365.signedIn(email);
      const cookie = Object.entries(browser.cookies(it365.url))
        .map(([name, value]) => `${name}=${value}`)
        .join('; ');
      await using reader = await EventReader.open(`${it365.url}/api/stream`, { cookie, 'x-forwarded-for': '10.1.1.1' });
      await untilPasses(() => expect(reader.unread).toHaveLength(1));
      const own = (await sessionsOf(browser)).find(({ isCurrent }) => isCurrent);

      if (how === 'deactivation') await ada.write('POST', `${await pathOf(email)}/deactivate`);
      else if (how === 'logout') await browser.write('POST', '/auth/logout');
      else if (how === 'ending it') await other.write('DELETE', `/api/me/sessions/${own?.id}`);
      else await other.write('DELETE', '/api/me/sessions');

      const endedAt = Date.now();
      await untilPasses(() => expect(reader.hasEnded).toBe(true));
      expect(Date.now() - endedAt).toBeLessThan(1_000);
    },
  );

  it('say when they end if they are not used', async () => {
    const times = z.object({ sessionEndsAt: z.coerce.date(), sessionIdleEndsAt: z.coerce.date() });

    const { sessionEndsAt, sessionIdleEndsAt } = times.parse((await ada.once('/auth/me')).body);

    expect(sessionIdleEndsAt.getTime()).toBeGreaterThan(Date.now());
    expect(sessionIdleEndsAt.getTime()).toBeLessThan(sessionEndsAt.getTime());
  });
});

const csrfOf = async (browser: Browser) =>
  z.object({ csrfToken: z.string() }).parse((await browser.once('/auth/me')).body).csrfToken;

const remove = async (browser: Browser, path: string) =>
  browser.once(path, { method: 'DELETE', headers: { 'x-msedb-csrf': await csrfOf(browser) } });

describe('what cannot be taken back', () => {
  const needed = {
    error: { code: 'recent_sign_in_needed', details: { signIn: expect.stringContaining('prompt=login') } },
  };

  it.each(['Microsoft was not asked to ask', 'somebody took the demand out of the address', 'six minutes have passed'])(
    'is refused when %s',
    async (why) => {
      const email = `rita-${why.length}@contoso.example`;
      const asked = await accounts.join(email);
      const { userId, _id } = await accounts.mailbox(email);
      let browser = asked;
      if (why.startsWith('six')) {
        await Session.updateMany({ userId }, { $set: { signedInAt: new Date(Date.now() - 6 * minuteMs) } });
      } else if (why.startsWith('somebody')) {
        browser = it365.browser();
        const begun = await browser.once(`/auth/login?prompt=login&loginHint=${email}`);
        const url = new URL(begun.headers.get('location') ?? '');
        url.searchParams.delete('prompt');
        await browser.visit(url.href);
      } else browser = await signInUnasked(email);

      const [account, purge] = [
        await remove(browser, '/api/me'),
        await remove(browser, `/api/mailboxes/${_id.toString()}?purge=true`),
      ];

      expect(errorOf(account)).toMatchObject([403, needed]);
      expect(errorOf(purge)).toMatchObject([403, needed]);
      expect(await Mailbox.exists({ _id })).not.toBeNull();
      expect((await remove(browser, `/api/mailboxes/${_id.toString()}`)).status).toBe(204);
    },
  );

  it('is done after the sign-in that the refusal names', async () => {
    const email = 'rob@contoso.example';
    await accounts.join(email);
    const browser = await signInUnasked(email);
    const refused = z
      .object({ error: z.object({ details: z.object({ signIn: z.string() }) }) })
      .parse((await remove(browser, '/api/me')).body);

    await browser.visit(`${refused.error.details.signIn}&loginHint=${email}`);

    expect((await remove(browser, '/api/me')).status).toBe(204);
    expect(await User.exists({ email })).toBeNull();
  });
});
