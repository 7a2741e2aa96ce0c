import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobProcessor } from '../../src/jobs/processors.ts';
import { limitKeysOf } from '../../src/http/rate-limit.ts';
import { hourMs } from '../../src/lib/durations.ts';
import { AuditLog, Mailbox, User, WebhookSubscription } from '../../src/models/index.ts';
import { buildLoginState } from '../factories/login-state.ts';
import { Accounts } from '../harness/accounts.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { tracesInMongo, tracesInRedis } from '../harness/traces.ts';

const email = 'bea@contoso.example';
const team = 'team@contoso.example';

describe('deleting an account', () => {
  let it365: ConnectedService;
  let accounts: Accounts;
  /** Lets the jobs about a mailbox go on. */
  let finishJobs: () => void;
  let mayFinish: Promise<void>;
  /** Only a job about a mailbox: the scheduled one comes by itself. */
  const waitForTest: JobProcessor = async ({ data }) => {
    if (data instanceof Object && 'mailboxId' in data) await mayFinish;
  };
  beforeEach(async () => {
    mayFinish = new Promise((resolve) => {
      finishJobs = resolve;
    });
    it365 = await startConnectedService({ service: { processors: { 'delta-sync': waitForTest } } });
    accounts = await Accounts.start(it365);
  });
  afterEach(async () => {
    finishJobs();
    await accounts[Symbol.asyncDispose]();
    await it365[Symbol.asyncDispose]();
  });

  /** Bea, with two mailboxes full of history; she is an admin now, was invited, and has invited somebody. */
  async function prepare() {
    const bea = await accounts.join(email);
    it365.microsoft.people.add({ email: team });
    await bea.connect(team);
    const mailboxes = [await accounts.mailbox(email), await accounts.mailbox(team, email)];
    for (const mailbox of mailboxes) {
      await accounts.addHistory({ userId: mailbox.userId, mailboxId: mailbox._id }, mailbox.email);
      await accounts.subscribe(mailbox);
    }
    const userId = (await User.findOne({ email }).lean().orFail())._id;
    const ada = await it365.signedIn(admin);
    await ada.write('PATCH', `/api/admin/users/${userId.toString()}`, { role: 'admin' });
    await bea.write('POST', '/api/admin/users', { email: 'carl@contoso.example' });
    await bea.write('POST', '/api/mailboxes/connect', {});
    await buildLoginState({ userId, purpose: 'connect' });
    for (const key of limitKeysOf(userId.toString())) await accounts.redis.set(key, 1, 'EX', 60, 'NX');
    return { bea, userId, mailboxIds: mailboxes.map(({ _id }) => _id.toString()) };
  }

  /** Jobs about a mailbox: waiting for later and held back as doubles, done, and being done. */
  async function putJobs(mailboxId: string): Promise<void> {
    const refresh = it365.service.queue('token-refresh');
    const done = await refresh.add('refresh-mailbox-tokens', { mailboxId });
    await expect.poll(() => done.getState()).toBe('completed');
    const deduplication = { id: mailboxId, keepLastIfActive: true };
    for (let times = 0; times < 3; times += 1) {
      await refresh.add('refresh-mailbox-tokens', { mailboxId }, { delay: hourMs, deduplication });
    }
    const sync = it365.service.queue('delta-sync');
    const active = await sync.add('run-delta-sync', { mailboxId }, { deduplication });
    await expect.poll(() => active.getState()).toBe('active');
    await sync.add('run-delta-sync', { mailboxId }, { deduplication });
  }

  it('leaves nothing in MongoDB, in Redis or at Graph', async () => {
    const { bea, userId, mailboxIds } = await prepare();
    await putJobs(mailboxIds[0] ?? '');
    const texts = [userId.toString(), ...mailboxIds, email, team];
    const held = (await tracesInMongo(texts)).map(({ collection }) => collection);
    expect(new Set(held).size).toBe(11);
    expect(await tracesInRedis(accounts.redis, texts)).toEqual(
      expect.arrayContaining([
        ...limitKeysOf(userId.toString()),
        `bull:delta-sync:dn:${mailboxIds[0]}`,
        'bull:delta-sync:events',
      ]),
    );

    const deleting = bea.write('DELETE', '/api/me');
    await expect.poll(() => User.exists({ _id: userId, isActive: true })).toBeNull();
    finishJobs();

    expect((await deleting).status).toBe(204);
    expect(await tracesInMongo(texts)).toEqual([]);
    expect(await tracesInRedis(accounts.redis, texts)).toEqual([]);
    expect([email, team].map((address) => accounts.subscriptionsAtGraph(address))).toEqual([[], []]);
    expect((await bea.once('/auth/me')).status).toBe(401);
    expect((await it365.browser().signIn(email)).status).toBe(403);
    expect(await User.distinct('email')).toEqual([admin, 'carl@contoso.example']);
    expect(await Mailbox.distinct('email')).toEqual([admin]);
    expect(it365.microsoft.privacy.report()).toMatchObject({ refused: [], violations: [] });
  });

  it('is refused to the last active admin of others, with nothing deleted or disconnected', async () => {
    await accounts.join('cleo@contoso.example');
    const mailbox = await accounts.mailbox(admin);
    await accounts.addHistory({ userId: mailbox.userId, mailboxId: mailbox._id }, admin);
    await accounts.subscribe(mailbox);
    const ada = await it365.signedIn(admin);
    const before = await tracesInMongo([mailbox._id.toString()]);

    const { status, body } = await ada.write('DELETE', '/api/me');

    expect([status, body]).toMatchObject([409, { error: { code: 'last_admin' } }]);
    expect(await tracesInMongo([mailbox._id.toString()])).toEqual(before);
    expect(accounts.subscriptionsAtGraph(admin)).toHaveLength(1);
    expect((await ada.once('/auth/me')).status).toBe(200);
  });

  it('is refused while Redis is away, with nothing deleted or disconnected', async () => {
    const { bea, userId } = await prepare();
    const audited = await AuditLog.countDocuments({ userId });
    await it365.service.redis.kill();

    const { status, body } = await bea.write('DELETE', '/api/me');

    expect([status, body]).toMatchObject([503, { error: { code: 'jobs_unavailable' } }]);
    expect(await User.findById(userId).lean()).toMatchObject({ email, isActive: true });
    expect(await Mailbox.countDocuments({ userId, isConnected: true })).toBe(2);
    expect(await WebhookSubscription.countDocuments({ userId })).toBe(2);
    expect(await AuditLog.countDocuments({ userId })).toBe(audited);
    expect(accounts.subscriptionsAtGraph(team)).toHaveLength(1);
    expect((await bea.once('/auth/me')).status).toBe(200);
  });
});
