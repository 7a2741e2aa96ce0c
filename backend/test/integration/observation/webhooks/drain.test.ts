import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { minuteMs } from '../../../../src/lib/durations.ts';
import { Mailbox, WebhookSubscription } from '../../../../src/models/index.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import { buildWebhookSubscription } from '../../../factories/webhook-subscription.ts';
import { asked, DrainFixture, folders, graphError, nothing, observer } from './drain-fixture.ts';

let fixture: DrainFixture;
beforeAll(async () => {
  fixture = await DrainFixture.start();
});
beforeEach(async () => {
  await fixture.redis.flushall();
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

describe('draining', () => {
  it('looks at what has waited longest first, a hundred at a time, until nothing is left', async () => {
    const { _id } = await buildMailbox({ folders });
    const begunAt = Date.now() - 5_000;
    const ids = Array.from({ length: 250 }, (_, n) => `m${n}`);
    for (const [n, id] of ids.entries()) await fixture.notify(_id, [id], begunAt + n);
    const observe = observer();

    const report = await fixture.drain(fixture.deps(observe), _id);

    expect(asked(observe).flat()).toEqual(ids);
    expect(asked(observe).map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(report).toMatchObject({ outcome: 'drained', looked: 250, events: 250, changed: 250, unreadable: 0 });
    expect(report.lagMs?.min).toBeGreaterThanOrEqual(4_700);
    expect(report.lagMs?.max).toBeLessThan(60_000);
    expect(await fixture.left(_id)).toEqual([]);
  });

  it('knows the mailbox as it is', async () => {
    const watchedSince = new Date();
    const { _id, userId } = await buildMailbox({ folders, watchedSince, stagingFolderId: 'staging' });
    await fixture.notify(_id, ['m']);
    const observe = observer();

    await fixture.drain(fixture.deps(observe), _id);

    const mailbox = observe.mock.calls[0]?.[0];
    expect(mailbox).toMatchObject({ userId, mailboxId: _id, watchedSince });
    expect(['inbox', 'staging', 'other'].map((id) => mailbox?.folderKindOf(id))).toEqual([
      'inbox',
      'staging',
      undefined,
    ]);
  });

  it('looks again at what is told of again while it looks', async () => {
    const { _id } = await buildMailbox({ folders });
    await fixture.notify(_id, ['one', 'two'], Date.now() - 1_000);
    let isFirst = true;
    const observe = observer().mockImplementation(async (_mailbox, ids) => {
      if (isFirst) await fixture.notify(_id, ['two', 'three']);
      isFirst = false;
      return { events: ids.length, changed: ids.length };
    });

    const deps = fixture.deps(observe);
    expect((await fixture.drain(deps, _id)).looked).toBe(2);
    expect((await fixture.left(_id)).toSorted()).toEqual(['three', 'two']);
    expect((await fixture.drain(deps, _id)).looked).toBe(2);

    expect(asked(observe)).toEqual([
      ['one', 'two'],
      ['three', 'two'],
    ]);
    expect(await fixture.left(_id)).toEqual([]);
  });

  it('notes on the subscription when the last notification came, and never an earlier one', async () => {
    const { _id, userId } = await buildMailbox({ folders });
    const row = await buildWebhookSubscription({ userId, mailboxId: _id });
    const at = Date.now();
    await fixture.notify(_id, ['old'], at - 2_000);
    await fixture.notify(_id, ['new'], at);

    await fixture.drain(fixture.deps(observer()), _id);
    await fixture.notify(_id, ['late'], at - 1_000);
    await fixture.drain(fixture.deps(observer()), _id);

    expect((await WebhookSubscription.findById(row._id).lean())?.lastNotificationAt).toEqual(new Date(at));
  });

  it('makes room for other mailboxes after half a minute', async () => {
    const { _id } = await buildMailbox({ folders });
    await fixture.notify(
      _id,
      Array.from({ length: 300 }, (_, n) => `m${n}`),
    );
    let now = Date.now();
    const observe = observer().mockImplementation(async () => {
      now += 20_000;
      return nothing;
    });

    const report = await fixture.drain(fixture.deps(observe, { clock: () => now }), _id);

    expect(report).toMatchObject({ outcome: 'unfinished', looked: 200 });
    expect(await fixture.left(_id)).toHaveLength(100);
  });

  it('drops what is told of a mailbox that is disconnected or gone', async () => {
    const { _id } = await buildMailbox({ folders, isConnected: false });
    const gone = (await buildMailbox())._id;
    await Mailbox.deleteOne({ _id: gone });
    const observe = observer();
    for (const id of [_id, gone]) {
      await fixture.notify(id, ['m']);
      expect(await fixture.drain(fixture.deps(observe), id)).toMatchObject({ outcome: 'not_connected', looked: 0 });
      expect(await fixture.left(id)).toEqual([]);
    }
    expect(observe).not.toHaveBeenCalled();
  });

  it('leaves a mailbox whose folders are not known yet to synchronization', async () => {
    const { _id } = await buildMailbox({ folders: [] });
    await fixture.notify(_id, ['m']);

    expect(await fixture.drain(fixture.deps(observer()), _id)).toMatchObject({ outcome: 'not_synchronized_yet' });

    expect(await fixture.left(_id)).toEqual([]);
    expect((await fixture.queues['delta-sync'].getJobs()).map(({ data }) => data)).toEqual([
      { mailboxId: String(_id) },
    ]);
  });
});

describe('a message that cannot be read', () => {
  it.each([400, 403, 410])('with %i does not keep the others from being seen', async (status) => {
    const { _id } = await buildMailbox({ folders });
    const ids = Array.from({ length: 40 }, (_, n) => `m${n}`);
    await fixture.notify(_id, ids);
    const seen = new Set<string>();
    const observe = observer().mockImplementation(async (_mailbox, messageIds) => {
      if (messageIds.includes('m17') || messageIds.includes('m31')) throw graphError(status);
      for (const id of messageIds) seen.add(id);
      return { events: messageIds.length, changed: messageIds.length };
    });

    const report = await fixture.drain(fixture.deps(observe), _id);

    expect(seen).toEqual(new Set(ids.filter((id) => id !== 'm17' && id !== 'm31')));
    expect(report).toMatchObject({ outcome: 'drained', looked: 40, events: 38, unreadable: 2 });
    expect(await fixture.left(_id)).toEqual([]);
  });

  it('for a while is tried again, and in the end left to synchronization', async () => {
    const { _id } = await buildMailbox({ folders });
    await fixture.notify(_id, ['m']);
    const deps = fixture.deps(observer().mockRejectedValue(graphError(503)));

    await expect(fixture.drain(deps, _id)).rejects.toMatchObject({ status: 503 });
    expect(await fixture.left(_id)).toEqual(['m']);
    await expect(fixture.drain(deps, _id, true)).rejects.toMatchObject({ status: 503 });

    expect(await fixture.left(_id)).toEqual([]);
    expect((await Mailbox.findById(_id).lean())?.syncIntervalMs).toBe(15 * minuteMs);
    expect(await fixture.queues['delta-sync'].getJobs()).toHaveLength(1);
  });
});
