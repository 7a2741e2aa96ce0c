import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hourMs, minuteMs } from '../../../../src/lib/durations.ts';
import { buildIndexes, Mailbox, models, WebhookSubscription } from '../../../../src/models/index.ts';
import { newClientState, placeholderOf } from '../../../../src/observation/subscriptions/subscription-names.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import { buildWebhookSubscription } from '../../../factories/webhook-subscription.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { startTestRedis, type TestRedis } from '../../../harness/redis.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { changeOf, lifecycleOf, NotificationFixture } from './notification-fixture.ts';

let database: TestDatabase;
let redis: TestRedis;
let fixture: NotificationFixture;
beforeAll(async () => {
  [database, redis] = await Promise.all([connectTestDatabase(), startTestRedis()]);
  await buildIndexes(models, recordIndexLog());
  fixture = new NotificationFixture(redis.port);
});
beforeEach(() => {
  fixture.now = undefined;
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
  await database.drop();
});

describe.each(['/webhooks/graph', '/webhooks/graph/lifecycle'])('the handshake at %s', (path) => {
  it('answers the decoded token as plain text that no browser takes for anything else', async () => {
    const token = 'Validation: <b>Testing</b> reachability Request-Id: ümlaut+100%';

    const reply = await fixture.http
      .post(path)
      .query({ validationToken: token })
      .set('content-type', 'text/plain')
      .send();

    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toMatch(/^text\/plain/);
    expect(reply.headers['x-content-type-options']).toBe('nosniff');
    expect(reply.text).toBe(token);
  });

  it.each([{ validationToken: 'x'.repeat(1_025) }, { validationToken: ['a', 'b'] }, { validationToken: '' }])(
    'refuses what is no token',
    async (query) => {
      const reply = await fixture.http.post(path).query(query).send();

      expect([reply.status, reply.body.error.code]).toEqual([400, 'invalid_request']);
    },
  );
});

describe('a notification', () => {
  it('waits in Redis, with a job for its mailbox, before it is answered', async () => {
    const row = await buildWebhookSubscription();
    const other = await buildWebhookSubscription();
    fixture.now = Date.now();

    const reply = await fixture.post([changeOf(row, 'one'), changeOf(other, 'two'), changeOf(row, 'three')]);

    expect([reply.status, reply.text]).toEqual([202, '']);
    expect(await fixture.waiting(row.mailboxId)).toEqual({ one: fixture.now, three: fixture.now });
    expect(await fixture.waiting(other.mailboxId)).toEqual({ two: fixture.now });
    const jobs = await fixture.jobs('webhook-events');
    expect(jobs).toContainEqual({ mailboxId: String(row.mailboxId) });
    expect(jobs).toContainEqual({ mailboxId: String(other.mailboxId) });
  });

  it('that comes again waits once, with the newest time, and makes no second job', async () => {
    const row = await buildWebhookSubscription();
    const begunAt = Date.now();
    for (const afterMs of [0, 20, 10]) {
      fixture.now = begunAt + afterMs;
      await fixture.post([changeOf(row, 'm'), changeOf(row, 'm')]).expect(202);
    }

    expect(await fixture.waiting(row.mailboxId)).toEqual({ m: begunAt + 20 });
    const mine = (await fixture.jobs('webhook-events')).filter(
      (data) => JSON.stringify(data) === JSON.stringify({ mailboxId: String(row.mailboxId) }),
    );
    expect(mine).toHaveLength(1);
  });

  it('of a stranger or with the wrong secret gets the same answer, changes nothing, and is counted', async () => {
    const row = await buildWebhookSubscription();
    const before = { ...fixture.intake.counts };
    fixture.warnings.length = 0;

    const replies = await Promise.all([
      fixture.post([changeOf({ ...row.toObject(), clientState: 'guessed' }, 'm')]),
      fixture.post([changeOf({ ...row.toObject(), clientState: null }, 'm')]),
      fixture.post([changeOf({ subscriptionId: 'who@example.com', clientState: 'guessed' }, 'm')]),
    ]);

    expect(replies.map(({ status, text }) => [status, text])).toEqual([
      [202, ''],
      [202, ''],
      [202, ''],
    ]);
    expect(await fixture.waiting(row.mailboxId)).toEqual({});
    expect(fixture.intake.counts).toMatchObject({
      unknownSubscriptions: before.unknownSubscriptions + 1,
      invalidClientStates: before.invalidClientStates + 2,
    });
    expect(fixture.warnings.length).toBeLessThanOrEqual(1);
    expect(JSON.stringify(fixture.warnings)).not.toMatch(/who@|guessed|subscription-/);
  });

  it('that is malformed takes no other with it', async () => {
    const row = await buildWebhookSubscription();
    const { malformed } = fixture.intake.counts;

    await fixture.post([7, { ...changeOf(row, 'm'), resourceData: {} }, changeOf(row, 'good')]).expect(202);

    expect(Object.keys(await fixture.waiting(row.mailboxId))).toEqual(['good']);
    expect(fixture.intake.counts.malformed).toBe(malformed + 2);
  });

  it('is known while Graph has not yet answered the creation of its subscription', async () => {
    const { _id: mailboxId, userId } = await buildMailbox();
    const clientState = newClientState(mailboxId);
    const placeholder = { userId, mailboxId, subscriptionId: placeholderOf(mailboxId), clientState };
    await buildWebhookSubscription(placeholder);
    const subscriptionId = 'id-that-graph-will-tell';

    await fixture.post([changeOf({ subscriptionId, clientState }, 'first')]).expect(202);
    await WebhookSubscription.updateOne({ mailboxId }, { $set: { subscriptionId } });
    await fixture.post([changeOf({ subscriptionId, clientState }, 'second')]).expect(202);
    await fixture.post([changeOf({ subscriptionId, clientState: newClientState(mailboxId) }, 'forged')]).expect(202);

    expect(Object.keys(await fixture.waiting(mailboxId)).toSorted()).toEqual(['first', 'second']);
  });

  it('finds its subscription in memory for a minute, and what is missing there for 5 s', async () => {
    const owner = await buildMailbox();
    const ids = { userId: owner.userId, mailboxId: owner._id, subscriptionId: 'made-later' };
    const late = { ...ids, clientState: 'secret-of-a-test' };
    const find = vi.spyOn(WebhookSubscription, 'find');
    const begunAt = Date.now();
    fixture.now = begunAt;
    for (const message of ['lost', 'lost too']) await fixture.post([changeOf(late, message)]).expect(202);
    expect(find).toHaveBeenCalledTimes(1);
    await buildWebhookSubscription(ids);

    for (const afterMs of [5_001, 20_000, 65_000, 65_002]) {
      fixture.now = begunAt + afterMs;
      await fixture.post([changeOf(late, `after ${afterMs}`)]).expect(202);
    }

    expect(Object.keys(await fixture.waiting(owner._id))).toHaveLength(4);
    expect(find).toHaveBeenCalledTimes(3);
  });

  it('is accepted however many unknown subscriptions are named at the same time, which keep the store busy with one question', async () => {
    const row = await buildWebhookSubscription();
    let [running, most] = [0, 0];
    const find = WebhookSubscription.find.bind(WebhookSubscription);
    vi.spyOn(WebhookSubscription, 'find').mockImplementation((...args) => {
      const query = find(...args);
      query.pre(() => {
        running += 1;
        most = Math.max(most, running);
      });
      query.post(() => {
        running -= 1;
      });
      return query;
    });
    const unknown = Array.from({ length: 20 }, (_, n) =>
      fixture.post(
        Array.from({ length: 50 }, (__, m) => changeOf({ subscriptionId: `x${n}-${m}`, clientState: 's' }, 'm')),
      ),
    );

    const replies = await Promise.all([...unknown, fixture.post([changeOf(row, 'mine')])]);

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    expect(Object.keys(await fixture.waiting(row.mailboxId))).toEqual(['mine']);
    expect(most).toBeLessThanOrEqual(1);
  });
});

describe('a body', () => {
  it('comes thirty times with a thousand at once, and all of it is taken', async () => {
    const row = await buildWebhookSubscription();
    const requests = Array.from({ length: 30 }, (_, request) =>
      Array.from({ length: 1_000 }, (_id, n) => changeOf(row, `${request}/${n}`)),
    );

    // what takes longer than Graph waits comes again
    for (let open = requests; open.length > 0; ) {
      const taken = await Promise.all(open.map((entries) => fixture.intake.take(entries)));
      open = open.filter((_entries, n) => taken[n] === false);
    }

    expect(Object.keys(await fixture.waiting(row.mailboxId))).toHaveLength(30_000);
  });

  it('of a thousand notifications is taken, one of more is not', async () => {
    const row = await buildWebhookSubscription();
    const many = Array.from({ length: 1_001 }, (_, n) => changeOf(row, `m${n}`));

    await fixture.post(many.slice(1)).expect(202);
    const refused = await fixture.post(many);

    expect([refused.status, refused.body.error.code]).toEqual([400, 'invalid_request']);
    expect(Object.keys(await fixture.waiting(row.mailboxId))).toHaveLength(1_000);
  });

  it('of more than 1 MB is refused', async () => {
    const reply = await fixture.post([{ text: 'x'.repeat(1_100_000) }]);

    expect([reply.status, reply.body.error.code]).toEqual([413, 'too_large']);
  });

  it.each([[{}], [{ value: 7 }], [[]], [{ values: [] }]])('that is none of Graph’s is refused: %j', async (body) => {
    const reply = await fixture.http.post('/webhooks/graph').send(body);

    expect([reply.status, reply.body.error.code]).toEqual([400, 'invalid_request']);
  });

  it('without notifications is no fault', async () => {
    const reply = await fixture.post([]);

    expect(reply.status).toBe(202);
  });
});

describe('a lifecycle notification', () => {
  const path = '/webhooks/graph/lifecycle';
  const later = new Date(Date.now() + hourMs);

  async function subscribed() {
    const mailbox = await buildMailbox({ nextSyncAt: later, syncIntervalMs: 6 * hourMs });
    const row = await buildWebhookSubscription({ userId: mailbox.userId, mailboxId: mailbox._id, renewAt: later });
    const data = { mailboxId: String(mailbox._id) };
    const read = async () => ({
      row: await WebhookSubscription.findById(row._id).lean().orFail(),
      mailbox: await Mailbox.findById(mailbox._id).lean().orFail(),
    });
    return { row, data, read };
  }

  it('reauthorizationRequired has the subscription renewed', async () => {
    const { row, data, read } = await subscribed();
    fixture.now = Date.now();

    await fixture.post([lifecycleOf(row, 'reauthorizationRequired')], path).expect(202);

    const now = await read();
    expect(now.row).toMatchObject({ status: 'active', renewAt: new Date(fixture.now) });
    expect(now.mailbox.nextSyncAt).toEqual(later);
    expect(await fixture.jobs('webhook-renewal')).toContainEqual(data);
    expect(await fixture.jobs('delta-sync')).not.toContainEqual(data);
  });

  it('subscriptionRemoved has it made again, and the mailbox synchronized', async () => {
    const { row, data, read } = await subscribed();
    fixture.now = Date.now();

    await fixture.post([lifecycleOf(row, 'subscriptionRemoved')], path).expect(202);

    const now = await read();
    expect(now.row.status).toBe('expired');
    expect(now.mailbox).toMatchObject({ nextSyncAt: new Date(fixture.now), syncIntervalMs: 15 * minuteMs });
    expect(await fixture.jobs('webhook-renewal')).toContainEqual(data);
    expect(await fixture.jobs('delta-sync')).toContainEqual(data);
  });

  it('missed has the mailbox synchronized', async () => {
    const { row, data, read } = await subscribed();
    fixture.now = Date.now();

    await fixture.post([lifecycleOf(row, 'missed')], path).expect(202);

    const now = await read();
    expect(now.row.status).toBe('active');
    expect(now.mailbox).toMatchObject({ nextSyncAt: new Date(fixture.now), syncIntervalMs: 15 * minuteMs });
    expect(await fixture.jobs('delta-sync')).toContainEqual(data);
    expect(await fixture.jobs('webhook-renewal')).not.toContainEqual(data);
  });

  it('with the wrong secret does nothing', async () => {
    const { row, data, read } = await subscribed();

    await fixture
      .post([lifecycleOf({ ...row.toObject(), clientState: 'guessed' }, 'subscriptionRemoved')], path)
      .expect(202);

    expect((await read()).row.status).toBe('active');
    expect(await fixture.jobs('delta-sync')).not.toContainEqual(data);
  });
});
