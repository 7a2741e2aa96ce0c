import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { minuteMs } from '../../../../src/lib/durations.ts';
import { Mailbox, WebhookSubscription } from '../../../../src/models/index.ts';
import { returnSubscriptions } from '../../../../src/observation/subscriptions/return-subscriptions.ts';
import { placeholderOf } from '../../../../src/observation/subscriptions/subscription-names.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import { buildWebhookSubscription } from '../../../factories/webhook-subscription.ts';
import { SubscriptionFixture } from './subscription-fixture.ts';
import { Gate } from '../../../harness/gate.ts';

let fixture: SubscriptionFixture;
beforeAll(async () => {
  fixture = await SubscriptionFixture.start();
});
afterEach(() => {
  fixture.entra.emulator.faults.clear();
  fixture.entra.emulator.subscriptions.maxMinutes = 10_080;
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

const span = (n: number) => ({ from: new Date(n), to: new Date(n + 1), reason: 'service_down' as const });

const nearly = (ms: number) => ({ after: new Date(ms - 20_000), before: new Date(ms + 20_000) });
function expectAbout(date: Date | undefined, ms: number): void {
  const { after, before } = nearly(ms);
  expect(date).toBeInstanceOf(Date);
  expect(Number(date)).toBeGreaterThan(Number(after));
  expect(Number(date)).toBeLessThan(Number(before));
}

describe('a mailbox without a subscription', () => {
  it('gets one for all its messages, with a secret and the longest life, and is synchronized', async () => {
    const mailbox = await fixture.mailbox();

    expect(await mailbox.renew()).toEqual({ outcome: 'created' });

    const [subscription, ...others] = mailbox.atGraph();
    const row = await mailbox.row();
    expect(others).toEqual([]);
    expect(subscription).toMatchObject({
      resource: '/me/messages',
      changeTypes: new Set(['created', 'updated', 'deleted']),
      notificationUrl: `${fixture.publicUrl}/webhooks/graph`,
      lifecycleNotificationUrl: `${fixture.publicUrl}/webhooks/graph/lifecycle`,
      immutableIds: true,
      clientState: row?.clientState,
    });
    expect(row).toMatchObject({
      userId: mailbox.userId,
      mailboxId: mailbox.mailboxId,
      subscriptionId: subscription?.id,
      resource: '/me/messages',
      changeType: 'created,updated,deleted',
      notificationUrl: subscription?.notificationUrl,
      lifecycleNotificationUrl: subscription?.lifecycleNotificationUrl,
      status: 'active',
      errorCount: 0,
    });
    expect(row?.clientState).toMatch(/^.{64,128}$/);
    expectAbout(row?.expiresAt, fixture.now() + 10_000 * minuteMs);
    expectAbout(row?.renewAt, fixture.now() + 5_000 * minuteMs);
    expect(mailbox.timesSynced()).toBe(1);
    expect((await mailbox.read()).nextSyncAt).toBeInstanceOf(Date);
    expect((await mailbox.read()).blindWindows).toEqual([]);
  });

  it('gets a shorter one where Graph refuses the longest life, and is renewed at half of that', async () => {
    const mailbox = await fixture.mailbox();
    fixture.entra.emulator.subscriptions.maxMinutes = 4_230;

    await mailbox.renew();

    const row = await mailbox.row();
    expectAbout(row?.expiresAt, fixture.now() + 4_200 * minuteMs);
    expectAbout(row?.renewAt, fixture.now() + 2_100 * minuteMs);
    fixture.pass(2_101 * minuteMs);
    expect(await mailbox.renew()).toEqual({ outcome: 'renewed' });
    expectAbout((await mailbox.row())?.expiresAt, fixture.now() + 4_200 * minuteMs);
  });

  it('is left alone while it is disconnected, or gone', async () => {
    const { _id } = await buildMailbox({ isConnected: false });
    const mailbox = await fixture.mailbox();
    await Mailbox.deleteOne({ _id: mailbox.mailboxId });
    await Mailbox.updateOne({ _id }, { $set: { isConnected: false } });

    expect(await mailbox.renew()).toEqual({ outcome: 'not_connected' });

    expect(mailbox.atGraph()).toEqual([]);
  });
});

describe('a subscription', () => {
  it('is left alone in the first half of its life, and then given a new one', async () => {
    const mailbox = await fixture.mailbox();
    await mailbox.renew();
    const before = await mailbox.row();

    expect(await mailbox.renew()).toEqual({ outcome: 'kept' });
    fixture.pass(5_001 * minuteMs);
    expect(await mailbox.renew()).toEqual({ outcome: 'renewed' });

    const after = await mailbox.row();
    expect(after).toMatchObject({ subscriptionId: before?.subscriptionId, clientState: before?.clientState });
    expectAbout(after?.expiresAt, fixture.now() + 10_000 * minuteMs);
    expectAbout(after?.renewAt, fixture.now() + 5_000 * minuteMs);
    expect(mailbox.atGraph().map(({ expiresAtMs }) => expiresAtMs)).toEqual([after?.expiresAt.getTime()]);
    expect(mailbox.timesSynced()).toBe(1);
  });

  it.each([
    ['fast', 60],
    ['slow', -60],
    ['fast by days', 7_000],
    ['slow by weeks', -30_000],
  ])('lasts and is renewed as long with a clock that is %s', async (_words, minutes) => {
    fixture.misset(minutes * minuteMs);
    const mailbox = await fixture.mailbox();

    const report = await mailbox.renew();

    const row = await mailbox.row();
    fixture.misset(-minutes * minuteMs);
    expect(report).toEqual({ outcome: 'created' });
    expectAbout(row?.expiresAt, fixture.now() + 10_000 * minuteMs);
    expectAbout(row?.renewAt, fixture.now() + (minutes + 5_000) * minuteMs);
  });

  it.each(['ended without a word', 'expired', 'taken away, as Graph told'])(
    'that has %s is made again, and the time without it is known',
    async (how) => {
      const mailbox = await fixture.mailbox();
      await mailbox.renew();
      const before = await mailbox.row();
      const lastSyncAt = new Date(fixture.now() - 30 * minuteMs);
      const lastNotificationAt = new Date(fixture.now() - 10 * minuteMs);
      const rare = { lastSyncAt, syncIntervalMs: 360 * minuteMs, nextSyncAt: new Date(fixture.now() + 300 * minuteMs) };
      await Mailbox.updateOne({ _id: mailbox.mailboxId }, { $set: rare });
      await WebhookSubscription.updateOne({ mailboxId: mailbox.mailboxId }, { $set: { lastNotificationAt } });
      if (how === 'expired') fixture.pass(10_001 * minuteMs);
      if (how !== 'expired') fixture.entra.emulator.subscriptions.end(before?.subscriptionId ?? '');
      if (how.startsWith('taken')) {
        await WebhookSubscription.updateOne({ mailboxId: mailbox.mailboxId }, { $set: { status: 'expired' } });
      }

      expect(await mailbox.renew()).toEqual({ outcome: 'created' });

      const after = await mailbox.row();
      const { blindWindows, ...times } = await mailbox.read();
      expect(mailbox.atGraph().map(({ id }) => id)).toEqual([after?.subscriptionId]);
      expect(after?.subscriptionId).not.toBe(before?.subscriptionId);
      expect(after?.clientState).not.toBe(before?.clientState);
      expect(after).toMatchObject({ _id: before?._id, status: 'active' });
      expect(await WebhookSubscription.countDocuments({ mailboxId: mailbox.mailboxId })).toBe(1);
      expect(blindWindows).toEqual([{ from: lastNotificationAt, to: expect.any(Date), reason: 'subscription_gone' }]);
      expectAbout(blindWindows[0]?.to, fixture.now());
      expectAbout(times.nextSyncAt, fixture.now());
      expect(times.syncIntervalMs).toBe(15 * minuteMs);
      expect(mailbox.timesSynced()).toBe(2);
    },
  );

  it('that ends between two requests of one look is made again as well', async () => {
    const mailbox = await fixture.mailbox();
    await mailbox.renew();
    const before = await mailbox.row();
    fixture.pass(5_001 * minuteMs);
    const { subscriptions, faults } = fixture.entra.emulator;
    const gate = new Gate();
    const held = faults.add({ kind: 'slow', until: gate.opened, method: 'PATCH', target: 'graph', times: 1 });

    const renewal = mailbox.renew();
    await expect.poll(held).toBe(1);
    subscriptions.end(before?.subscriptionId ?? '');
    gate.open();

    expect((await renewal).outcome).toBe('created');
    expect((await mailbox.row())?.subscriptionId).not.toBe(before?.subscriptionId);
    expect((await mailbox.read()).blindWindows).toHaveLength(1);
  });

  it('keeps no more than 200 blind windows, the newest', async () => {
    const mailbox = await fixture.mailbox();
    await mailbox.renew();
    const blindWindows = Array.from({ length: 200 }, (_, n) => span(n));
    await Mailbox.updateOne({ _id: mailbox.mailboxId }, { $set: { blindWindows, lastSyncAt: new Date() } });
    fixture.entra.emulator.subscriptions.end((await mailbox.row())?.subscriptionId ?? '');
    fixture.pass(minuteMs);

    await mailbox.renew();

    const after = (await mailbox.read()).blindWindows;
    expect(after).toHaveLength(200);
    expect(after.at(-1)?.reason).toBe('subscription_gone');
    expect(after[0]).toEqual(span(1));
  });

  it('that posts to another address is replaced, and ended there', async () => {
    const mailbox = await fixture.mailbox();
    await mailbox.renew();
    const before = await mailbox.row();
    const publicUrl = fixture.publicUrl.replace('127.0.0.1', 'localhost');

    expect(await mailbox.renew({ publicUrl })).toEqual({ outcome: 'created' });

    const after = await mailbox.row();
    expect(after?.notificationUrl).toBe(`${publicUrl}/webhooks/graph`);
    expect(after?.subscriptionId).not.toBe(before?.subscriptionId);
    expect(mailbox.atGraph().map(({ id }) => id)).toEqual([after?.subscriptionId]);
  });

  it('whose row was never finished is not asked for at Graph when the mailbox is disconnected', async () => {
    const mailbox = await fixture.mailbox();
    const { userId, mailboxId } = mailbox;
    await buildWebhookSubscription({ userId, mailboxId, subscriptionId: placeholderOf(mailbox.id) });
    const deletions = fixture.entra.emulator.faults.add({
      kind: 'slow',
      delayMs: 0,
      method: 'DELETE',
      target: 'graph',
    });

    await returnSubscriptions(fixture.graphOf(mailbox.id), mailbox.id, new AbortController().signal);

    expect(deletions()).toBe(0);
  });
});

describe('subscriptions that no row owns', () => {
  it('are deleted where they post to us; others are not touched', async () => {
    const mailbox = await fixture.mailbox();
    await mailbox.renew();
    const { emulator } = fixture.entra;
    const mine = mailbox.atGraph()[0];
    if (mine === undefined) throw new Error('There is no subscription');
    const leftBehind = emulator.subscriptions.add(mine);
    const elsewhere = emulator.subscriptions.add({
      ...mine,
      notificationUrl: 'https://other.example.com/webhooks/graph',
    });
    const ofAnother = emulator.subscriptions.add(mine);
    await buildWebhookSubscription({ subscriptionId: ofAnother.id });

    expect(await mailbox.renew()).toEqual({ outcome: 'kept' });

    const ids = mailbox.atGraph().map(({ id }) => id);
    expect(ids.toSorted()).toEqual([mine.id, elsewhere.id, ofAnother.id].toSorted());
    expect(ids).not.toContain(leftBehind.id);
  });
});
