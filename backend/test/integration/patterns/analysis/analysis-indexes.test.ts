import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configureMongoose } from '../../../../src/config/database.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { buildIndexes, models, Pattern } from '../../../../src/models/index.ts';
import { approvePattern } from '../../../../src/patterns/decisions/approve.ts';
import type { Owner } from '../../../factories/owner.ts';
import { dropDatabase, testDatabaseUri } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { plansOf } from '../../../harness/plans.ts';
import { analyze, buildWatchedMailbox, daysAgo, habit, history, now, recordMail } from './analysis-fixture.ts';

const uri = testDatabaseUri();
let owner: Owner;
beforeAll(async () => {
  configureMongoose();
  await mongoose.connect(uri, { monitorCommands: true });
  await buildIndexes(models, recordIndexLog());
  owner = await buildWatchedMailbox();
  const others = Array.from({ length: 9 }, () => ({ userId: new Types.ObjectId(), mailboxId: new Types.ObjectId() }));
  for (const each of [owner, ...others]) {
    const senders = Array.from({ length: 10 }, (_, n) => ({
      from: `s@d${n}.example`,
      newestDaysAgo: n === 0 ? 1.5 : 6,
    }));
    const mail = senders.flatMap((sender) => habit({ ...sender, doing: 'archived', times: 20 }));
    await recordMail(each, [...mail, ...history()]);
  }
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

it('asks the event log nothing that no index of one user serves', async () => {
  const plans = await plansOf('emailevents', async () => {
    await analyze(owner.mailboxId);
    const { _id } = await Pattern.findOne({ ...owner, status: 'suggested' })
      .lean()
      .orFail();
    await approvePattern({ userId: owner.userId.toString(), patternId: _id.toString() });
    await Pattern.updateOne({ _id }, { $set: { approvedAt: daysAgo(5) } });
    const again = await analyze(owner.mailboxId, { at: now + dayMs / 2 });
    expect(again).toMatchObject({ scope: 'changed', votes: 20 });
  });

  expect(plans.length).toBeGreaterThanOrEqual(6);
  for (const { stages, indexes } of plans) {
    expect(stages).not.toContain('COLLSCAN');
    expect(indexes).not.toEqual([]);
    expect(indexes.filter((name) => !name.startsWith('userId_1_'))).toEqual([]);
  }
});
