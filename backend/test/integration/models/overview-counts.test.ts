import mongoose, { type Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOverview, maxCounted, sumLast30Days } from '../../../src/accounts/overview-counts.ts';
import { configureMongoose } from '../../../src/config/database.ts';
import { dayMs, hourMs } from '../../../src/lib/durations.ts';
import { AuditLog, buildIndexes, EmailEvent, models, Notification, StagedEmail } from '../../../src/models/index.ts';
import { buildAuditLog } from '../../factories/audit-log.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { buildNotification } from '../../factories/notification.ts';
import type { Owner } from '../../factories/owner.ts';
import { buildPattern } from '../../factories/pattern.ts';
import { buildRule } from '../../factories/rule.ts';
import { buildStagedEmail } from '../../factories/staged-email.ts';
import { dropDatabase, testDatabaseUri } from '../../harness/database.ts';
import { plansOf } from '../../harness/plans.ts';
import { recordIndexLog } from './indexes/index-log.ts';

const uri = testDatabaseUri();
const now = Date.now();
let first: Owner;
let second: Owner;
beforeAll(async () => {
  configureMongoose();
  await mongoose.connect(uri, { monitorCommands: true });
  await buildIndexes(models, recordIndexLog());
  first = ownerIn(await buildMailbox({ suspendedRules: [{ ruleId: 'gone', since: new Date(), code: 'folder_gone' }] }));
  second = ownerIn(await buildMailbox({ userId: first.userId }));
  await fill(first);
  await fill(ownerIn(await buildMailbox()));
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

function ownerIn({ _id, userId }: { _id: Types.ObjectId; userId: Types.ObjectId }): Owner {
  return { userId, mailboxId: _id };
}

async function fill(owner: Owner): Promise<void> {
  await buildPattern({ ...owner, status: 'suggested' });
  await buildPattern({ ...owner, status: 'detected' });
  await buildPattern({ ...owner, status: 'rejected' });
  const { _id: ruleId } = await buildRule(owner);
  await buildRule({ ...owner, isEnabled: false, suspendedAt: new Date() });
  const fault = { count: 1, message: 'Graph refused it', at: new Date() };
  await buildStagedEmail({ ...owner, ruleId, expiresAt: new Date(now + hourMs), fault });
  await buildStagedEmail({ ...owner, ruleId, expiresAt: new Date(now + 3 * hourMs) });
  await buildStagedEmail({ ...owner, ruleId, status: 'rescued' });
  await buildNotification({ userId: owner.userId });
  const event = { ...owner, eventType: 'arrived' as const };
  const days = [1, 29, 31];
  await EmailEvent.insertMany(
    days.map((day) => ({ ...event, messageId: `${day}`, timestamp: new Date(now - day * dayMs) })),
  );
  const act = { ...owner, targetType: 'email' as const };
  for (const result of ['done', 'overtaken']) {
    await buildAuditLog({ ...act, action: 'rule_executed', details: { result } });
    await buildAuditLog({ ...act, action: 'email_staged', details: { result } });
    await buildAuditLog({ ...act, action: 'email_rescued', details: { result } });
    await buildAuditLog({ ...act, action: 'undo_action', details: { result } });
  }
}

const scopeOf = ({ userId, mailboxId }: Partial<Owner>) => ({
  userId: String(userId),
  mailboxId: mailboxId?.toHexString(),
  now,
});

describe('the numbers of the overview', () => {
  it('are those of the person', async () => {
    const scope = scopeOf({ userId: first.userId });

    expect(await countOverview(scope)).toEqual({
      suggested: 1,
      detected: 1,
      approved: 0,
      staged: 2,
      leavingWithin2h: 1,
      faults: 1,
      unread: 1,
      rulesOn: 1,
      rulesSuspended: 2,
    });
    expect(await sumLast30Days(scope)).toEqual({ arrived: 2, acted: 2, rescued: 1, undone: 1 });
  });

  it('are those of one mailbox, apart from what is unread', async () => {
    const none = { suggested: 0, detected: 0, approved: 0, staged: 0, leavingWithin2h: 0, faults: 0 };

    expect(await countOverview(scopeOf(second))).toEqual({ ...none, unread: 1, rulesOn: 0, rulesSuspended: 0 });
    expect(await sumLast30Days(scopeOf(second))).toEqual({ arrived: 0, acted: 0, rescued: 0, undone: 0 });
  });

  it('stop one beyond a thousand', async () => {
    const { userId } = await buildMailbox();
    const rows = Array.from({ length: maxCounted + 5 }, () => ({ userId, type: 'system', title: 'T', message: 'M' }));
    await Notification.insertMany(rows);

    expect((await countOverview(scopeOf({ userId }))).unread).toBe(maxCounted + 1);
  });

  it.each(['patterns', 'rules', 'mailboxes', StagedEmail.collection.name, Notification.collection.name])(
    'are counted over an index: %s',
    async (collection) => {
      for (const scope of [scopeOf({ userId: first.userId }), scopeOf(first)]) {
        expect(faultsIn(await plansOf(collection, () => countOverview(scope)))).toEqual([]);
      }
    },
  );

  it.each([EmailEvent.collection.name, AuditLog.collection.name])(
    'of 30 days are counted over an index: %s',
    async (collection) => {
      for (const scope of [scopeOf({ userId: first.userId }), scopeOf(first)]) {
        expect(faultsIn(await plansOf(collection, () => sumLast30Days(scope)))).toEqual([]);
      }
    },
  );
});

/** The plans that read without an index of the user or mailbox. */
function faultsIn(plans: Awaited<ReturnType<typeof plansOf>>): unknown[] {
  if (plans.length === 0) return ['nothing was asked'];
  return plans.filter(
    ({ stages, indexes }) =>
      stages.includes('COLLSCAN') ||
      indexes.length === 0 ||
      indexes.some((name) => !/^(userId_1|mailboxId_1|_id_$)/.test(name)),
  );
}
