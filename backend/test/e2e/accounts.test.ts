import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hourMs } from '../../src/lib/durations.ts';
import { AuditLog, EmailEvent, Mailbox, Notification, Pattern, Rule, User } from '../../src/models/index.ts';
import { buildNotification } from '../factories/notification.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { tracesInMongo, tracesInRedis } from '../harness/traces.ts';

/** What is known of a mailbox is what a test put there: nobody reads it meanwhile. */
const idle = async (): Promise<void> => undefined;
let it365: ConnectedService;
let accounts: Accounts;
beforeAll(async () => {
  const processors = { 'delta-sync': idle, 'pattern-analysis': idle, 'webhook-renewal': idle };
  it365 = await startConnectedService({ service: { processors } });
  accounts = await Accounts.start(it365);
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

function countHistory(mailboxId: string): Promise<number[]> {
  return Promise.all([EmailEvent, Pattern, Rule].map((model) => model.countDocuments({ mailboxId })));
}

describe('the settings of a mailbox', () => {
  const email = 'bea@contoso.example';
  let bea: Browser;
  const change = async (settings: object) => {
    const { _id } = await accounts.mailbox(email);
    return bea.write('PATCH', `/api/mailboxes/${_id.toString()}/settings`, settings);
  };
  const actions = async () => {
    const { userId, _id } = await accounts.mailbox(email);
    return (await AuditLog.find({ userId, mailboxId: _id }).sort({ _id: 1 }).lean()).map(({ action }) => action);
  };
  beforeAll(async () => {
    bea = await accounts.join(email);
  });

  it('are stored in one spelling, and what is left out keeps its value', async () => {
    const first = await change({ automationPaused: true, whitelistedSenders: [' Boss@Contoso.Example '] });
    const second = await change({ whitelistedDomains: ['Fabrikam.EXAMPLE'] });

    expect(first.status).toBe(200);
    const expected = {
      automationPaused: true,
      whitelistedSenders: ['boss@contoso.example'],
      whitelistedDomains: ['fabrikam.example'],
    };
    expect(second.body).toMatchObject({ email, settings: expected });
    expect((await accounts.mailbox(email)).settings).toEqual(expected);
  });

  it('leave a trace in the audit log when they change, and only then', async () => {
    const before = await actions();

    await change({ automationPaused: true });
    await change({});
    expect(await actions()).toEqual(before);

    await change({ automationPaused: false, whitelistedSenders: [] });
    expect((await actions()).slice(before.length)).toEqual(['automation_resumed', 'whitelist_updated']);
    expect(before).toEqual(['mailbox_connected', 'automation_paused', 'whitelist_updated', 'whitelist_updated']);
  });

  it.each([
    ['an unknown key', { automationPaused: true, isConnected: false }],
    ['an operator', { $set: { isConnected: false } }],
    ['null', { automationPaused: null }],
    ['a word for a switch', { automationPaused: 'yes' }],
    ['what is no address', { automationPaused: true, whitelistedSenders: ['boss@'] }],
    ['what is no domain', { automationPaused: true, whitelistedDomains: ['https://fabrikam.example/'] }],
    ['an object for an address', { whitelistedSenders: [{ $ne: '' }] }],
    ['more than a thousand', { whitelistedDomains: Array.from({ length: 1_001 }, (_, at) => `d${at}.example`) }],
  ])('refuse %s, and store nothing of it', async (_what, settings) => {
    const { settings: before } = await accounts.mailbox(email);

    const { status, body } = await change(settings);

    expect([status, body]).toMatchObject([400, { error: { code: 'invalid_request' } }]);
    expect(await accounts.mailbox(email)).toMatchObject({ isConnected: true, settings: before });
  });

  it("are the owner's alone", async () => {
    const carl = await accounts.join('carl@contoso.example');
    const before = await accounts.mailbox(email);

    const path = `/api/mailboxes/${before._id.toString()}`;
    const answers = [
      await carl.write('PATCH', `${path}/settings`, { automationPaused: true }),
      await carl.write('DELETE', path),
      await carl.write('DELETE', `${path}?purge=true`),
    ];

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(await accounts.mailbox(email)).toEqual(before);
    expect((await carl.write('PATCH', '/api/mailboxes/1/settings', {})).status).toBe(400);
  });
});

describe('the preferences of a person', () => {
  const email = 'dora@contoso.example';
  const defaults = { automationPaused: false, aggressiveness: 'moderate' };
  let dora: Browser;
  const change = (preferences: object) => dora.write('PATCH', '/api/me/preferences', preferences);
  const stored = async () => (await User.findOne({ email }).lean().orFail()).preferences;
  beforeAll(async () => {
    dora = await accounts.join(email);
  });

  it('keep what is omitted, and show no working hours: nothing reads them', async () => {
    await User.updateOne({ email }, { $set: { 'preferences.workingHoursStart': 8 } });
    const aggressive = { ...defaults, aggressiveness: 'aggressive' };

    expect((await change({ aggressiveness: 'aggressive' })).body).toEqual(aggressive);
    expect((await change({})).body).toEqual(aggressive);
    expect(await stored()).toEqual({ ...aggressive, workingHoursStart: 8 });
  });

  it('tell the audit log of the kill switch, and only when it is turned', async () => {
    for (const automationPaused of [true, true, false]) {
      expect((await change({ automationPaused })).body).toMatchObject({ automationPaused });
    }
    expect((await change({})).status).toBe(200);

    const { _id: userId } = await User.findOne({ email }).lean().orFail();
    const rows = await AuditLog.find({ userId, targetType: 'settings' }).sort({ _id: 1 }).lean();
    expect(rows.map(({ action }) => action)).toEqual(['automation_paused', 'automation_resumed']);
  });

  it.each([
    ['an unknown key', { role: 'admin' }],
    ['working hours', { workingHoursStart: 8 }],
    ['a level that does not exist', { aggressiveness: 'ruthless' }],
    ['null where there must be a value', { aggressiveness: null }],
    ['null for the kill switch', { automationPaused: null }],
  ])('refuse %s, and store nothing of it', async (_what, preferences) => {
    const before = await stored();

    const { status, body } = await change({ automationPaused: true, ...preferences });

    expect([status, body]).toMatchObject([400, { error: { code: 'invalid_request' } }]);
    expect(await stored()).toEqual(before);
  });
});

describe('disconnecting a mailbox', () => {
  it('deletes subscription and tokens, keeps its history, and can be repeated', async () => {
    const email = 'emil@contoso.example';
    const { browser, mailbox, path } = await accounts.joinWithHistory(email);
    expect(accounts.subscriptionsAtGraph(email)).toHaveLength(1);

    const statuses = [(await browser.write('DELETE', path)).status, (await browser.write('DELETE', path)).status];

    expect(statuses).toEqual([204, 204]);
    expect(accounts.subscriptionsAtGraph(email)).toEqual([]);
    const after = await accounts.mailbox(email);
    expect(after).toMatchObject({ _id: mailbox._id, isConnected: false, disconnectReason: 'by_user' });
    expect([after.msalCache, after.encryptedTokens]).toEqual([undefined, undefined]);
    expect(await countHistory(mailbox._id.toString())).toEqual([1, 1, 1]);
    expect(await AuditLog.countDocuments({ userId: mailbox.userId, action: 'mailbox_disconnected' })).toBe(1);
  });

  it('is undone by connecting it again: id, settings and history are the same', async () => {
    const email = 'finn@contoso.example';
    const { browser, mailbox, path } = await accounts.joinWithHistory(email);
    await browser.write('PATCH', `${path}/settings`, { whitelistedDomains: ['fabrikam.example'] });
    await browser.write('DELETE', path);

    await browser.connect(email);

    const after = await accounts.mailbox(email);
    expect(after).toMatchObject({ _id: mailbox._id, isConnected: true });
    expect(after.msalCache).toMatch(/^v1\./);
    expect(after.disconnectReason).toBeUndefined();
    expect(after.settings.whitelistedDomains).toEqual(['fabrikam.example']);
    expect(await countHistory(mailbox._id.toString())).toEqual([1, 1, 1]);
    expect(await accounts.subscribe(after)).toBeTypeOf('string');
  });

  it('works while Graph fails', async () => {
    const email = 'gala@contoso.example';
    const { browser, path } = await accounts.joinWithHistory(email);
    const struck = it365.microsoft.faults.add({ kind: 500, target: 'graph', mailbox: email });

    const { status } = await browser.write('DELETE', path);
    it365.microsoft.faults.clear();

    expect(status).toBe(204);
    expect(struck()).toBeGreaterThan(0);
    expect((await accounts.mailbox(email)).msalCache).toBeUndefined();
  });

  it('works when the grant is dead, and takes the dead tokens away', async () => {
    const email = 'hans@contoso.example';
    const { browser, path } = await accounts.joinWithHistory(email);
    const { grants, people } = it365.microsoft;
    grants.revoke(people.get(email), 'invalid_grant');
    grants.expireAccessTokens(people.get(email));

    const { status } = await browser.write('DELETE', path);

    expect(status).toBe(204);
    const after = await accounts.mailbox(email);
    expect(after).toMatchObject({ isConnected: false, disconnectReason: 'by_user' });
    expect([after.msalCache, after.encryptedTokens]).toEqual([undefined, undefined]);
  });

  it("with purge deletes its data everywhere, and nobody else's", async () => {
    const team = 'team@contoso.example';
    const { browser: ines, mailbox: own } = await accounts.joinWithHistory('ines@contoso.example');
    const { browser: jan } = await accounts.joinWithHistory('jan@contoso.example');
    it365.microsoft.people.add({ email: team });
    for (const [browser, owner] of [
      [ines, 'ines@contoso.example'],
      [jan, 'jan@contoso.example'],
    ] as const) {
      await browser.connect(team);
      const { userId, _id: mailboxId } = await accounts.mailbox(team, owner);
      await accounts.addHistory({ userId, mailboxId }, team);
      await accounts.subscribe({ userId, _id: mailboxId });
    }
    const { userId, _id } = await accounts.mailbox(team, 'ines@contoso.example');
    const janId = (await accounts.mailbox(team, 'jan@contoso.example'))._id.toString();
    const mailboxId = _id.toString();
    await buildNotification({ userId, message: `Sign in again for not-${team}.` });
    const delayed = { delay: hourMs };
    for (const id of [mailboxId, janId]) {
      await it365.service.queue('delta-sync').add('run-delta-sync', { mailboxId: id }, delayed);
    }
    const before = { jan: await tracesInMongo([janId]), own: await tracesInMongo([own._id.toString()]) };

    const { status } = await ines.write('DELETE', `/api/mailboxes/${mailboxId}?purge=true`);

    expect(status).toBe(204);
    expect((await tracesInMongo([mailboxId])).map(({ text }) => text)).toEqual([
      expect.stringContaining('mailbox_purged'),
    ]);
    expect(await tracesInRedis(accounts.redis, [mailboxId])).toEqual([]);
    expect(await Notification.find({ userId }).distinct('message')).toEqual([
      'It names no address',
      'Microsoft asks you to sign in again for ines@contoso.example. Thank you.',
      `Sign in again for not-${team}.`,
    ]);
    expect(await tracesInMongo([janId])).toEqual(before.jan);
    expect(await tracesInMongo([own._id.toString()])).toEqual(before.own);
    expect(await tracesInRedis(accounts.redis, [janId])).not.toEqual([]);
    expect(accounts.subscriptionsAtGraph(team)).toHaveLength(1);
    expect(await Mailbox.exists({ _id })).toBeNull();
  });
});

describe('all of this', () => {
  it('asked Graph for nothing but metadata', () => {
    expect(it365.microsoft.privacy.report()).toMatchObject({ refused: [], violations: [] });
  });
});
