import { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendStagingDigests } from '../../../src/automation/staging/staging-digest.ts';
import { notifyOfFailure } from '../../../src/jobs/failure-notices.ts';
import { dayMs, hourMs } from '../../../src/lib/durations.ts';
import { buildIndexes, Notification, StagedEmail, User } from '../../../src/models/index.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { buildStagedEmail } from '../../factories/staged-email.ts';
import { buildUser } from '../../factories/user.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { recordIndexLog } from '../models/indexes/index-log.ts';

/** Yesterday at noon, UTC. */
const noon = Math.floor(Date.now() / dayMs) * dayMs - dayMs / 2;
const clock = () => noon;

let database: TestDatabase;
beforeAll(async () => {
  database = await connectTestDatabase();
  await buildIndexes([Notification, StagedEmail, User], recordIndexLog());
});
afterAll(async () => {
  await database.drop();
});
beforeEach(async () => {
  await Promise.all([Notification.deleteMany({}), StagedEmail.deleteMany({}), User.deleteMany({})]);
});

const noticesOf = (userId: Types.ObjectId) => Notification.find({ userId }).sort({ createdAt: 1 }).lean();

describe('the staging digest', () => {
  const time = { now: noon, timeZone: 'UTC' };

  it('tells once a day what waits in which mailbox, and when the first is due', async () => {
    const { _id: userId } = await buildUser();
    const work = await buildMailbox({ userId, email: 'work@contoso.example' });
    const home = await buildMailbox({ userId, email: 'home@contoso.example' });
    const expiresAt = new Date(noon + hourMs);
    await buildStagedEmail({ userId, mailboxId: work._id, expiresAt });
    await buildStagedEmail({ userId, mailboxId: work._id, expiresAt: new Date(noon + 2 * hourMs) });
    await buildStagedEmail({ userId, mailboxId: home._id, expiresAt: new Date(noon + 3 * hourMs) });
    await buildStagedEmail({ userId, mailboxId: home._id, expiresAt, status: 'rescued' });

    const told = [await sendStagingDigests(time), await sendStagingDigests({ ...time, now: noon + hourMs })];

    expect(told).toEqual([1, 0]);
    const [notice, ...others] = await noticesOf(userId);
    expect(others).toEqual([]);
    expect(notice).toMatchObject({ type: 'staging_alert', mailboxIds: [work._id, home._id] });
    expect(notice?.message).toMatch(
      /work@contoso\.example 2 messages .* 13:00 UTC.*home@contoso\.example 1 message .* 15:00 UTC/,
    );
  });

  it('begins a day at midnight of the time zone, and tells again what waits then', async () => {
    const { userId } = await buildStagedEmail({ expiresAt: new Date(noon + 2 * dayMs) });
    const timeZone = 'Pacific/Kiritimati';
    const evening = noon - 3 * hourMs; // 23:00 there, 14 hours ahead of UTC
    const told = [
      await sendStagingDigests({ now: evening, timeZone }),
      await sendStagingDigests({ now: evening + 2 * hourMs, timeZone }),
    ];

    expect(told).toEqual([1, 1]);
    expect(await noticesOf(userId)).toHaveLength(2);
  });

  it('tells nobody for whom nothing waits, or who is deactivated', async () => {
    await buildUser();
    const { _id: userId } = await buildUser({ isActive: false });
    await buildStagedEmail({ userId });

    expect(await sendStagingDigests(time)).toBe(0);
    expect(await Notification.countDocuments({})).toBe(0);
  });

  it('is one notification, however many processes send it', async () => {
    const { userId } = await buildStagedEmail();

    const told = await Promise.all(Array.from({ length: 4 }, () => sendStagingDigests(time)));

    expect(told.reduce((sum, count) => sum + count)).toBe(1);
    expect(await noticesOf(userId)).toHaveLength(1);
  });
});

describe('a job that failed permanently', () => {
  it('is told to the owner of its mailbox once a day for each queue, without what went wrong', async () => {
    const { _id: mailboxId, userId } = await buildMailbox({ email: 'work@contoso.example' });
    const data = { mailboxId: mailboxId.toHexString(), secret: 'eyJhbGciOi' };

    await notifyOfFailure({ queueName: 'delta-sync', data }, clock);
    await notifyOfFailure({ queueName: 'delta-sync', data }, () => noon + hourMs);
    await notifyOfFailure({ queueName: 'token-refresh', data }, clock);
    await notifyOfFailure({ queueName: 'delta-sync', data }, () => noon + dayMs);

    const notices = await noticesOf(userId);
    expect(notices).toHaveLength(3);
    for (const notice of notices) {
      expect(notice).toMatchObject({ type: 'system', priority: 'high', mailboxIds: [mailboxId] });
      expect(notice.message).toContain('work@contoso.example');
    }
    expect(new Set(notices.map(({ message }) => message)).size).toBe(2);
    expect(JSON.stringify(notices)).not.toContain('eyJ');
  });

  it.each([
    ['access_denied', 0],
    ['failing', 0],
    ['folders', 1],
  ] as const)('of a mailbox whose state is told (%s) is told %i times', async (reason, times) => {
    const { _id: userId } = await buildUser();
    const readFault = { reason, since: new Date(), told: [] };
    const { id: mailboxId } = await buildMailbox({ userId, readFault });

    await notifyOfFailure({ queueName: 'delta-sync', data: { mailboxId } }, clock);

    expect(await noticesOf(userId)).toHaveLength(times);
  });

  it('of no mailbox is told to every active admin', async () => {
    const [ada, bea] = [await buildUser({ role: 'admin' }), await buildUser({ role: 'admin' })];
    await buildUser({ role: 'admin', isActive: false });
    await buildUser();

    await notifyOfFailure({ queueName: 'staging-processor', data: {} }, clock);
    await notifyOfFailure({ queueName: 'staging-processor', data: undefined }, clock);

    const notices = await Notification.find({}).lean();
    expect(notices).toHaveLength(2);
    expect(new Set(notices.map(({ userId }) => userId.toHexString()))).toEqual(new Set([ada.id, bea.id]));
    expect(notices[0]?.message).toContain('“staging-processor”');
  });

  it.each([new Types.ObjectId().toHexString(), 'no id'])(
    'of a mailbox that is gone is told to nobody: %s',
    async (mailboxId) => {
      await buildUser({ role: 'admin' });

      await notifyOfFailure({ queueName: 'delta-sync', data: { mailboxId } }, clock);

      expect(await Notification.countDocuments({ type: 'system' })).toBe(0);
    },
  );
});
