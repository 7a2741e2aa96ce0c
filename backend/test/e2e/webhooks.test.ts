import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EmailEvent, Mailbox, MessageState, WebhookSubscription } from '../../src/models/index.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { TcpProxy } from '../harness/tcp-proxy.ts';
import { untilPasses } from '../harness/until-passes.ts';

let it365: ConnectedService;
let proxy: TcpProxy;
beforeAll(async () => {
  const target = { host: 'localhost', port: 0 };
  proxy = await TcpProxy.start(target);
  const webhookUrl = `http://127.0.0.1:${proxy.port}`;
  it365 = await startConnectedService({
    emulator: { delivery: { retryDelaysMs: Array.from({ length: 20 }, () => 250) } },
    service: { config: { observation: { webhookUrl, sinceDays: 30, pageSize: 200 } } },
  });
  target.port = it365.service.runtime.port;
  await it365.signedIn(admin);
  await settled();
});
afterAll(async () => {
  await it365[Symbol.asyncDispose]();
  await proxy.close();
});

const person = () => it365.microsoft.people.get(admin);
const mailbox = () => Mailbox.findOne({ email: admin }).lean().orFail();
const row = async () => WebhookSubscription.findOne({ mailboxId: (await mailbox())._id }).lean();

/** Waits until the mailbox has its subscription and was synchronized, and no job is left: what happens now is news. */
async function settled(): Promise<void> {
  const names = ['webhook-renewal', 'delta-sync', 'webhook-events'] as const;
  const queues = names.map((name) => it365.service.queue(name));
  await untilPasses(async () => {
    expect((await row())?.renewAt).toBeInstanceOf(Date);
    expect((await mailbox()).lastSyncAt).toBeInstanceOf(Date);
    for (const queue of queues) expect(await queue.getJobCountByTypes('active', 'waiting')).toBe(0);
  });
}

/** The kinds of events there are of a message, in the order in which they came to be known. */
async function eventsOf(messageId: string): Promise<string[]> {
  const rows = await EmailEvent.find({ messageId }).sort({ createdAt: 1 }).lean();
  return rows.map(({ eventType }) => eventType);
}

async function syncsSoFar(): Promise<number> {
  return it365.service.queue('delta-sync').getJobCountByTypes('completed', 'active', 'waiting', 'failed');
}

describe('a mailbox that Graph tells of', () => {
  it('is subscribed to at the public address as soon as it is connected', async () => {
    const subscriptions = it365.microsoft.subscriptions.all(person());

    expect(subscriptions.map(({ id }) => id)).toEqual([(await row())?.subscriptionId]);
    expect(subscriptions[0]?.notificationUrl).toBe(`http://127.0.0.1:${proxy.port}/webhooks/graph`);
  });

  it('gets an event for every change within seconds, without a synchronization', async () => {
    const syncs = await syncsSoFar();
    const { id } = person().does.deliver({ from: 'news@letters.example', subject: 'Weekly' });
    await untilPasses(async () => expect(await eventsOf(id)).toEqual(['arrived']));

    person().does.markRead(id);
    await untilPasses(async () => expect(await eventsOf(id)).toEqual(['arrived', 'read']));
    person().does.delete(id);
    await untilPasses(async () => expect(await eventsOf(id)).toContain('deleted'));

    expect(await syncsSoFar()).toBe(syncs);
    expect((await row())?.lastNotificationAt).toBeInstanceOf(Date);
  });

  it('loses nothing when many messages come at once, each told of once or twice', async () => {
    it365.microsoft.notifier.faults = { dropRate: 0, duplicateRate: 0.3, delayRate: 0.2, delayMs: 300, reorderRate: 1 };
    const ids = Array.from({ length: 150 }, () => person().does.deliver({ from: 'many@letters.example' }).id);
    for (const id of ids.slice(0, 50)) person().does.markRead(id);

    await it365.microsoft.notifier.settled();
    await settled();

    expect(await EmailEvent.countDocuments({ eventType: 'arrived', 'sender.email': 'many@letters.example' })).toBe(150);
    const read = await MessageState.find({ mailboxId: (await mailbox())._id, isRead: true }).lean();
    expect(read.filter(({ messageId }) => ids.includes(messageId))).toHaveLength(50);
    it365.microsoft.notifier.faults = { dropRate: 0, duplicateRate: 0, delayRate: 0, delayMs: 0, reorderRate: 0 };
  });

  it('is told again of what could not be delivered while we were away', async () => {
    const syncs = await syncsSoFar();
    const requests = vi.spyOn(globalThis, 'fetch');
    proxy.cut();
    const { id } = person().does.deliver({ from: 'late@letters.example' });
    await untilPasses(() => expect(requests.mock.settledResults.map(({ type }) => type)).toContain('rejected'));
    proxy.restore();

    await untilPasses(async () => expect(await eventsOf(id)).toEqual(['arrived']));

    expect(await syncsSoFar()).toBe(syncs);
  });

  it('gets another subscription, and a synchronization, when Graph takes the first away', async () => {
    const before = await row();
    const syncs = await syncsSoFar();

    it365.microsoft.notifier.lifecycle(before?.subscriptionId ?? '', 'subscriptionRemoved');
    const { id } = person().does.deliver({ from: 'unseen@letters.example' });

    await untilPasses(async () => expect((await row())?.subscriptionId).not.toBe(before?.subscriptionId));
    await untilPasses(async () => expect(await eventsOf(id)).toEqual(['arrived']));
    expect(await syncsSoFar()).toBeGreaterThan(syncs);
    expect((await mailbox()).blindWindows).toMatchObject([{ reason: 'subscription_gone' }]);
    await settled();
    expect(it365.microsoft.subscriptions.all(person())).toHaveLength(1);
  });

  it('is synchronized when Graph says that notifications were missed', async () => {
    await settled();
    it365.microsoft.notifier.faults = { dropRate: 1, duplicateRate: 0, delayRate: 0, delayMs: 0, reorderRate: 0 };
    const { id } = person().does.deliver({ from: 'missed@letters.example' });

    it365.microsoft.notifier.lifecycle((await row())?.subscriptionId ?? '', 'missed');

    await untilPasses(async () => expect(await eventsOf(id)).toEqual(['arrived']));
    it365.microsoft.notifier.faults = { dropRate: 0, duplicateRate: 0, delayRate: 0, delayMs: 0, reorderRate: 0 };
  });

  it('leaves no subscription and nothing in Redis behind when it is purged', async () => {
    const { _id } = await mailbox();
    const ada = await it365.signedIn(admin);

    const { status } = await ada.write('DELETE', `/api/mailboxes/${_id.toString()}?purge=true`);

    expect(status).toBe(204);
    expect(it365.microsoft.subscriptions.all(person())).toEqual([]);
    expect(await WebhookSubscription.countDocuments({ mailboxId: _id })).toBe(0);
  });
});
