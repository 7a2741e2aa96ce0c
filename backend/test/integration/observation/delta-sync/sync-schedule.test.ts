import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minuteMs } from '../../../../src/lib/durations.ts';
import { AuditLog, Mailbox, models, User, WebhookSubscription } from '../../../../src/models/index.ts';
import { mailboxesDue } from '../../../../src/observation/delta-sync/sync-due.ts';
import { baseIntervalMs, longestIntervalMs } from '../../../../src/observation/delta-sync/sync-interval.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import { buildUser } from '../../../factories/user.ts';
import { buildWebhookSubscription } from '../../../factories/webhook-subscription.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { SyncFixture } from './sync-fixture.ts';

const from = 'news@letters.example';

useTestDatabase(models);
let fixture: SyncFixture;
beforeEach(async () => {
  await Mailbox.deleteMany({});
  fixture = await SyncFixture.start();
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

/** Stores a subscription that has told of something. */
async function subscribe(expiresAt: Date): Promise<void> {
  const { userId, mailboxId } = fixture;
  const lastNotificationAt = new Date();
  await buildWebhookSubscription({ userId, mailboxId, status: 'active', expiresAt, lastNotificationAt });
}
const inHours = (hours: number): Date => new Date(fixture.clock() + hours * 60 * minuteMs);

/** Does something at a time for which every notification would have come. */
function longAgo(act: () => unknown): void {
  fixture.emulator.clock.advance(-10 * minuteMs);
  act();
  fixture.emulator.clock.advance(10 * minuteMs);
}

/** Lets an interval pass, and synchronizes; `atTheEnd` happens just before. */
async function syncInTime(atTheEnd: () => unknown = () => undefined): Promise<void> {
  const { lastSyncAt, syncIntervalMs = baseIntervalMs } = await fixture.row();
  if (lastSyncAt !== undefined) fixture.skewMs += syncIntervalMs;
  atTheEnd();
  await fixture.sync();
}

async function intervalAfterSync(atTheEnd?: () => unknown): Promise<number> {
  await syncInTime(atTheEnd);
  return (await fixture.row()).syncIntervalMs ?? 0;
}

async function due(until: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of mailboxesDue(until)) ids.push(id.toHexString());
  return ids;
}

describe('the interval of a mailbox', () => {
  it('grows while a subscription brings every change, and falls back when one was missed', async () => {
    longAgo(() => fixture.person.does.deliver({ from, subject: 'found' }));
    await subscribe(inHours(100));

    const intervals = [await intervalAfterSync(), await intervalAfterSync(), await intervalAfterSync()];
    intervals.push(await intervalAfterSync(() => fixture.person.does.deliver({ from, subject: 'on its way' })));
    longAgo(() => fixture.person.does.deliver({ from, subject: 'missed' }));
    intervals.push(await intervalAfterSync());

    expect(intervals.map((ms) => ms / baseIntervalMs)).toEqual([1, 2, 4, 8, 1]);
  });

  it('does not grow before a subscription has told of anything, nor by being asked for early', async () => {
    const { userId, mailboxId } = fixture;
    await buildWebhookSubscription({ userId, mailboxId, status: 'active', expiresAt: inHours(100) });
    const deaf = [await intervalAfterSync(), await intervalAfterSync()];
    await WebhookSubscription.updateOne({ mailboxId }, { lastNotificationAt: new Date() });
    await fixture.sync();

    expect([...deaf, (await fixture.row()).syncIntervalMs]).toEqual([baseIntervalMs, baseIntervalMs, baseIntervalMs]);
    expect(await intervalAfterSync()).toBe(2 * baseIntervalMs);
  });

  it('falls back when a message is gone of which no notification told', async () => {
    const { id } = fixture.person.does.deliver({ from });
    await subscribe(inHours(100));
    await fixture.sync();
    const grown = await intervalAfterSync();

    fixture.person.does.purge(id);

    expect(grown).toBeGreaterThan(baseIntervalMs);
    expect(await intervalAfterSync()).toBe(baseIntervalMs);
  });

  it('stays short without a subscription, and with one that has expired', async () => {
    const without = [await intervalAfterSync(), await intervalAfterSync()];
    await subscribe(inHours(-1));

    expect([...without, await intervalAfterSync()]).toEqual([baseIntervalMs, baseIntervalMs, baseIntervalMs]);
  });

  it('is the shortest after an error', async () => {
    await subscribe(inHours(100));
    for (let cycle = 0; cycle < 3; cycle += 1) await syncInTime();
    const grown = await fixture.row();
    fixture.emulator.faults.add({ kind: 500, target: 'graph' });

    await expect(fixture.sync()).rejects.toMatchObject({ status: 500 });

    const row = await fixture.row();
    expect(grown.syncIntervalMs).toBeGreaterThan(baseIntervalMs);
    expect(row.syncIntervalMs).toBe(baseIntervalMs);
    expect(row.nextSyncAt?.getTime()).toBeLessThanOrEqual(fixture.clock() + baseIntervalMs);
  });

  it('is the longest for an account without a mailbox', async () => {
    const person = fixture.emulator.people.add({ email: 'nobody@contoso.example', hasMailbox: false });
    const other = await SyncFixture.start([], fixture.emulator, person);

    const report = await other.syncOnce();

    expect(report.outcome).toBe('no_mailbox');
    expect((await other.row()).nextSyncAt?.getTime()).toBeGreaterThan(other.clock() + longestIntervalMs - minuteMs);
  });
});

describe('the coverage of a mailbox', () => {
  it('names once the time in which the service was down', async () => {
    await fixture.sync();
    const { lastSyncAt } = await fixture.row();
    fixture.skewMs = 3 * 60 * minuteMs;

    await fixture.sync();
    await fixture.sync();

    const { blindWindows } = await fixture.row();
    expect(blindWindows).toEqual([{ from: lastSyncAt, to: expect.any(Date), reason: 'service_down' }]);
    expect(blindWindows[0]?.to.getTime()).toBeGreaterThan(fixture.clock() - minuteMs);
  });

  it('names it only when the mailbox is seen again', async () => {
    await fixture.sync();
    fixture.skewMs = 3 * 60 * minuteMs;
    fixture.emulator.faults.add({ kind: 503, target: 'graph' });
    await fixture.sync().catch(() => undefined);
    const blind = await fixture.row();
    fixture.emulator.faults.clear();
    fixture.skewMs += 60 * minuteMs;

    await fixture.sync();

    const { blindWindows } = await fixture.row();
    expect(blind.blindWindows).toEqual([]);
    expect(blindWindows).toHaveLength(1);
    expect(blindWindows[0]?.to.getTime()).toBeGreaterThan(fixture.clock() - minuteMs);
  });

  it('names the time from a lost connection to the synchronization after it came back', async () => {
    await fixture.sync();
    const { userId, mailboxId } = fixture;
    const lost = new Date(Date.now() + 5 * minuteMs);
    await AuditLog.create({
      userId,
      mailboxId,
      action: 'mailbox_disconnected',
      targetType: 'mailbox',
      targetId: mailboxId.toHexString(),
      createdAt: lost,
    });
    await Mailbox.updateOne({ _id: mailboxId }, { connectedAt: new Date(Date.now() + 9 * minuteMs) });
    fixture.skewMs = 10 * minuteMs;

    await fixture.sync();
    await fixture.sync();

    expect((await fixture.row()).blindWindows).toEqual([{ from: lost, to: expect.any(Date), reason: 'disconnected' }]);
  });

  it('has no gap when a mailbox that may wait is read late', async () => {
    await subscribe(inHours(100));
    for (let cycle = 0; cycle < 4; cycle += 1) await syncInTime();
    fixture.skewMs += 110 * minuteMs;

    await fixture.sync();

    expect((await fixture.row()).blindWindows).toEqual([]);
  });

  it('names the gap in a cycle that was cut short, and goes on with that cycle', async () => {
    fixture.pageSize = 1;
    for (let index = 0; index < 5; index += 1) fixture.person.does.deliver({ from, subject: `${index}` });
    await fixture.syncOnce({ budgetMs: 0 });
    const cut = await fixture.row();
    fixture.skewMs = 3 * 60 * minuteMs;

    const reports = await fixture.sync({ budgetMs: 0 });

    const { blindWindows, syncProgress } = await fixture.row();
    expect(reports.length).toBeGreaterThan(1);
    expect(blindWindows).toEqual([{ from: cut.nextSyncAt, to: expect.any(Date), reason: 'service_down' }]);
    expect(syncProgress?.messagesSeen).toBe(5);
    expect(await fixture.ledger()).toHaveLength(5);
  });
});

describe('what is not there to be read', () => {
  it('ends the job quietly', async () => {
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { isConnected: false });

    expect((await fixture.syncOnce()).outcome).toBe('disconnected');
    await Mailbox.deleteOne({ _id: fixture.mailboxId });
    expect((await fixture.syncOnce()).outcome).toBe('gone');
  });
});

describe('the mailboxes that are due', () => {
  it('are the connected ones of active users whose time has come, or that were never synchronized', async () => {
    const now = Date.now();
    await Mailbox.deleteMany({});
    const never = await buildMailbox();
    const late = await buildMailbox({ nextSyncAt: new Date(now - minuteMs) });
    await buildMailbox({ nextSyncAt: new Date(now + minuteMs) });
    await buildMailbox({ isConnected: false });
    await buildMailbox({ userId: (await buildUser({ isActive: false }))._id });

    expect(new Set(await due(now))).toEqual(new Set([never.id, late.id]));
  });

  it('are all found, however many, by an index', async () => {
    await Mailbox.deleteMany({});
    const { _id: userId } = await buildUser();
    const rows = Array.from({ length: 1_203 }, (_, index) => ({
      userId,
      email: `many${index}@example.com`,
      ...(index % 2 === 0 ? {} : { nextSyncAt: new Date(Date.now() - index * 1_000) }),
    }));
    await Mailbox.insertMany(rows);

    expect(new Set(await due(Date.now())).size).toBe(1_203);
    const plan = await Mailbox.find({ isConnected: true, nextSyncAt: null }).explain('queryPlanner');
    expect(JSON.stringify(plan)).toContain('isConnected_1_nextSyncAt_1');
    await User.deleteOne({ _id: userId });
    expect(await due(Date.now())).toEqual([]);
  });
});
