import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configureMongoose } from '../../../../src/config/database.ts';
import { AuditLog, buildIndexes } from '../../../../src/models/index.ts';
import {
  closeIntent,
  type NewIntent,
  openIntent,
  recoverIntents,
  withIntent,
} from '../../../../src/models/store/intent-log.ts';
import { dropDatabase, testDatabaseUri } from '../../../harness/database.ts';
import { plansOf } from '../../../harness/plans.ts';
import { recordIndexLog } from '../indexes/index-log.ts';

const now = new Date('2026-02-01T12:00:00.000Z');
const earlier = new Date(now.getTime() - 1);
const userId = new Types.ObjectId();

const uri = testDatabaseUri();
beforeAll(async () => {
  configureMongoose();
  await mongoose.connect(uri, { monitorCommands: true });
  await buildIndexes([AuditLog], recordIndexLog());
});
beforeEach(async () => {
  await AuditLog.deleteMany({});
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

function intentOn(targetId: string, fields: Partial<NewIntent> = {}) {
  const row = { userId, action: 'rule_created', targetType: 'rule', targetId, details: {} } as const;
  return { _id: new Types.ObjectId(), ...row, ...fields };
}

const open = (intent: ReturnType<typeof intentOn>, since = now) => openIntent(intent, since);
const stored = (_id: Types.ObjectId) => AuditLog.findById(_id).lean();
const targetsLeft = async () => (await AuditLog.find().sort({ targetId: 1 }).lean()).map(({ targetId }) => targetId);

describe('an intent', () => {
  it('that is opened a second time is the stored one', async () => {
    const intent = intentOn('first');
    await open(intent);

    const again = await open({ ...intent, targetId: 'second' });

    expect(again).toMatchObject({ isNew: false, stored: { targetId: 'first', openSince: now } });
  });

  it('is closed by the first who does it', async () => {
    const intent = intentOn('rule');
    await open(intent);

    await closeIntent(intent._id, { 'details.by': 'first' });
    await closeIntent(intent._id, { 'details.by': 'second' });

    const row = await stored(intent._id);
    expect(row?.details).toEqual({ by: 'first' });
    expect(row).not.toHaveProperty('openSince');
  });

  it('is open while the change is made, closed after it, and gone when nothing changed', async () => {
    const [made, unmade] = [intentOn('made'), intentOn('unmade')];

    const during = await withIntent(made, async () => stored(made._id));
    await withIntent(unmade, async () => undefined);

    expect(during?.openSince).toBeInstanceOf(Date);
    expect(await targetsLeft()).toEqual(['made']);
    expect(await stored(made._id)).not.toHaveProperty('openSince');
  });

  it('stays open when the change fails', async () => {
    const intent = intentOn('rule');

    await expect(withIntent(intent, () => Promise.reject(new Error('away')))).rejects.toThrow('away');

    expect((await stored(intent._id))?.openSince).toBeInstanceOf(Date);
  });
});

describe('recovery', () => {
  it('completes, drops and leaves, and one that fails keeps none of the others from it', async () => {
    for (const targetId of ['1 fails', '2 done', '3 late']) await open(intentOn(targetId), earlier);
    await open(intentOn('4 under way'));
    const failure = new Error('refused');

    const report = await recoverIntents(
      { action: 'rule_created' },
      {
        dropBefore: now,
        complete: async ({ _id, targetId }) => {
          if (targetId === '1 fails') throw failure;
          if (targetId === '2 done') await closeIntent(_id);
          return targetId === '2 done';
        },
      },
    );

    expect(report).toEqual({ finished: 1, dropped: 1, failure });
    expect(await targetsLeft()).toEqual(['1 fails', '2 done', '4 under way']);
  });

  it('drops nothing without a moment from which it may', async () => {
    await open(intentOn('rule'), new Date(0));

    const report = await recoverIntents({ action: 'rule_created' }, { complete: async () => false });

    expect([report, await targetsLeft()]).toEqual([{ finished: 0, dropped: 0 }, ['rule']]);
  });

  it('ends at once on a failure that concerns all intents', async () => {
    for (const targetId of ['1', '2']) await open(intentOn(targetId));
    const tried: unknown[] = [];

    const recovered = recoverIntents(
      { action: 'rule_created' },
      {
        concernsOne: () => false,
        complete: async ({ targetId }) => {
          tried.push(targetId);
          throw new Error('away');
        },
      },
    );

    await expect(recovered).rejects.toThrow('away');
    expect(tried).toEqual(['1']);
  });

  it.each([
    ['of all users', { action: 'rule_created' as const }, 'openSince_1'],
    ['of a mailbox', { mailboxId: new Types.ObjectId() }, 'mailboxId_1_openSince_1'],
  ])('finds the open intents %s over an index of them alone', async (_whose, filter, index) => {
    const closed = Array.from({ length: 500 }, (_, n) => intentOn(`${n}`, { mailboxId: new Types.ObjectId() }));
    await AuditLog.insertMany(closed);
    await open(intentOn('open', { mailboxId: new Types.ObjectId() }));

    const plans = await plansOf(AuditLog.collection.collectionName, () =>
      recoverIntents(filter, { complete: async () => false }),
    );

    expect(plans.map(({ indexes }) => indexes)).toEqual([[index]]);
  });
});
