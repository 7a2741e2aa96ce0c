import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hourMs, minuteMs, secondMs } from '../../../../src/lib/durations.ts';
import { EmailEvent, MessageState, models } from '../../../../src/models/index.ts';
import { baseIntervalMs } from '../../../../src/observation/delta-sync/sync-interval.ts';
import { buildWebhookSubscription } from '../../../factories/webhook-subscription.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { SyncFixture } from './sync-fixture.ts';

const from = 'news@letters.example';

useTestDatabase(models);
let fixture: SyncFixture;
beforeEach(async () => {
  fixture = await SyncFixture.start();
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

const graphNow = (): number => fixture.emulator.clock.now();
const arrivalOf = (messageId: string) => EmailEvent.findOne({ messageId, eventType: 'arrived' }).lean().orFail();
const isNear = (date: Date | undefined, time: number) => Math.abs((date?.getTime() ?? 0) - time) < minuteMs;

describe.each([
  ['an hour fast', hourMs],
  ['an hour slow', -hourMs],
])('a service whose clock is %s', (_words, byMs) => {
  beforeEach(() => fixture.misset(byMs));

  it('tells mail that comes from mail that was there', async () => {
    const there = fixture.person.does.deliver({ from, receivedAtMs: graphNow() - 30 * minuteMs });
    await fixture.sync();
    const comes = fixture.person.does.deliver({ from });
    await fixture.sync();

    expect((await arrivalOf(there.id)).metadata?.foundInPlace).toBe(true);
    expect((await arrivalOf(comes.id)).metadata?.foundInPlace).toBeUndefined();
    expect(await MessageState.findOne({ messageId: comes.id }).lean()).toMatchObject({ automation: 'pending' });
    expect(isNear((await fixture.row()).watchedSince, graphNow())).toBe(true);
  });

  it('dates what the owner does as Graph does', async () => {
    const { id } = fixture.person.does.deliver({ from });
    await fixture.sync();
    fixture.skewMs += 2 * secondMs; // Graph leaves out fractions: within the second of the look nobody can tell
    fixture.person.does.markRead(id);
    const readAt = graphNow();
    fixture.skewMs += 20 * minuteMs;
    await fixture.sync();

    const arrived = await arrivalOf(id);
    const read = await EmailEvent.findOne({ messageId: id, eventType: 'read' }).lean().orFail();
    expect(isNear(arrived.timestamp, readAt)).toBe(true);
    expect(isNear(read.timestamp, readAt)).toBe(true);
    expect(read.timeToAction).toBeLessThan(60);
  });

  it('knows which changes may still be announced, and that a subscription lasts', async () => {
    const { userId, mailboxId } = fixture;
    const expiresAt = new Date(graphNow() + 50 * minuteMs);
    const subscription = { status: 'active', expiresAt, lastNotificationAt: new Date() } as const;
    await fixture.sync();
    await buildWebhookSubscription({ userId, mailboxId, ...subscription });
    fixture.skewMs += baseIntervalMs;
    fixture.person.does.deliver({ from, subject: 'its notification is on its way' });

    const [report] = await fixture.sync();

    expect(report).toMatchObject({ changed: 1, unannounced: 0 });
    expect((await fixture.row()).syncIntervalMs).toBe(2 * baseIntervalMs);
  });

  it('notices that a change was not announced, and that a subscription has ended', async () => {
    const { userId, mailboxId } = fixture;
    await fixture.sync();
    const expiresAt = new Date(graphNow() - 10 * minuteMs);
    const lastNotificationAt = new Date();
    await buildWebhookSubscription({ userId, mailboxId, status: 'active', expiresAt, lastNotificationAt });
    fixture.person.does.deliver({ from });
    fixture.skewMs += baseIntervalMs;

    const [report] = await fixture.sync();

    expect(report).toMatchObject({ changed: 1, unannounced: 1 });
    expect((await fixture.row()).syncIntervalMs).toBe(baseIntervalMs);
  });

  it('notes in which time of Graph it saw nothing', async () => {
    await fixture.sync();
    const begin = graphNow();
    fixture.skewMs += 3 * hourMs;

    await fixture.sync();

    const [window, ...others] = (await fixture.row()).blindWindows;
    expect(others).toEqual([]);
    expect(isNear(window?.from, begin)).toBe(true);
    expect(isNear(window?.to, graphNow())).toBe(true);
  });

  it('takes in mail of as many days as are set', async () => {
    const edge = graphNow() - 24 * hourMs;
    const inside = fixture.person.does.deliver({ from, receivedAtMs: edge + 30 * minuteMs });
    const outside = fixture.person.does.deliver({ from, receivedAtMs: edge - 30 * minuteMs });

    await fixture.sync({ sinceDays: 1 });

    expect(await EmailEvent.countDocuments({ messageId: inside.id })).toBe(1);
    expect(await EmailEvent.countDocuments({ messageId: outside.id })).toBe(0);
  });
});
