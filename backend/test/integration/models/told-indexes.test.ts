import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countUnread,
  listNotifications,
  readAllNotifications,
  readNotification,
  readNotificationsAfter,
} from '../../../src/accounts/notifications.ts';
import { type AuditFilter, findAuditEntry, listAudit } from '../../../src/automation/audit/queries.ts';
import { countRuleMonths } from '../../../src/automation/audit/rule-month.ts';
import { listRuns, readActiveRuns } from '../../../src/automation/runs/list-runs.ts';
import { configureMongoose } from '../../../src/config/database.ts';
import { AuditLog, buildIndexes, EmailEvent, MessageState, Notification, RuleRun } from '../../../src/models/index.ts';
import { readMessageSummaries } from '../../../src/models/store/message-summaries.ts';
import { readSeenCategories } from '../../../src/observation/reports/mailbox-folders.ts';
import { dropDatabase, testDatabaseUri } from '../../harness/database.ts';
import { plansOf } from '../../harness/plans.ts';
import { recordIndexLog } from './indexes/index-log.ts';

const uri = testDatabaseUri();
const owner = new Types.ObjectId();
const mailboxId = new Types.ObjectId();
const userId = owner.toHexString();
const after = { timestamp: new Date(), id: 'f'.repeat(24) };
const list = (filter: Partial<AuditFilter>, from?: typeof after) =>
  listAudit({ userId, ...filter }, { limit: 50, after: from });
const ruleId = new Types.ObjectId().toHexString();
const nobody = new Types.ObjectId().toHexString();

beforeAll(async () => {
  configureMongoose();
  await mongoose.connect(uri, { monitorCommands: true });
  await buildIndexes([Notification, AuditLog, EmailEvent, MessageState, RuleRun], recordIndexLog());
  const rows = Array.from({ length: 2_000 }, (_, n) => (n % 10 === 0 ? owner : new Types.ObjectId()));
  await Notification.insertMany(
    rows.map((user, n) => ({ userId: user, type: 'system', title: `${n}`, message: 'All is well' })),
  );
  await AuditLog.insertMany(
    rows.map((user, n) => ({
      userId: user,
      mailboxId: user === owner ? mailboxId : new Types.ObjectId(),
      action: n % 20 === 0 ? 'rule_executed' : 'email_staged',
      targetType: 'email',
      targetId: `message-${n}`,
      details: { ruleId: n % 20 === 0 ? ruleId : nobody },
    })),
  );
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

describe('every question about notifications', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['the first page', () => listNotifications({ userId }, { limit: 50 })],
    ['a later page', () => listNotifications({ userId }, { limit: 50, after })],
    ['unread ones', () => listNotifications({ userId, unread: true }, { limit: 50, after })],
    ['a type', () => listNotifications({ userId, types: ['system'] }, { limit: 50 })],
    ['how many are unread', () => countUnread(userId)],
    ['what a stream has to catch up on', () => readNotificationsAfter(userId, after, 50)],
    ['one', () => readNotification(userId, nobody).catch(() => undefined)],
    ['all', () => readAllNotifications(userId).then(() => countUnread(userId))],
  ])('is answered over an index of the user, or by the id: %s', async (_what, ask) => {
    expect(await faultsOf('notifications', ask, /^(userId_1_|_id_$)/)).toEqual([]);
  });
});

describe('every question about the audit log', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['the first page', () => list({})],
    ['a later page', () => list({}, after)],
    ['a time', () => list({ from: new Date(0), to: new Date() }, after)],
    ['a mailbox', () => list({ mailboxId: mailboxId.toHexString() }, after)],
    ['an action', () => list({ actions: ['rule_executed'] })],
    ['several actions of a mailbox', () => list({ actions: ['rule_executed', 'email_staged'], mailboxId: nobody })],
    ['a message', () => list({ targetId: 'message-0' })],
    ['a pattern', () => list({ targetType: 'pattern', targetId: nobody }, after)],
    ['a rule', () => list({ ruleId: nobody }, after)],
    ['one', () => findAuditEntry(userId, nobody).catch(() => undefined)],
  ])('is answered over an index of the user or the target, or by the id: %s', async (_what, ask) => {
    expect(await faultsOf('auditlogs', ask, /^(userId_1_|targetType_1_targetId_1$|_id_$)/)).toEqual([]);
  });

  it.each<[string, string, () => Promise<unknown>, RegExp]>([
    [
      'a month of rules',
      'auditlogs',
      () => countRuleMonths(userId, [owner], Date.now()),
      /^userId_1_details\.ruleId_1/,
    ],
    ['open runs', RuleRun.collection.name, () => readActiveRuns(userId, [owner]), /^(userId_1_ruleId_1$|_id_$)/],
    ['runs of a rule', RuleRun.collection.name, () => listRuns({ userId, ruleId }), /^(userId_1_ruleId_1$|_id_$)/],
  ])('as well as that of rules is answered over an index: %s', async (_what, collection, ask, allowed) => {
    expect(await faultsOf(collection, ask, allowed)).toEqual([]);
  });

  it('reads of what a rule did nothing that others did', async () => {
    const plans = await plansOf('auditlogs', () => list({ ruleId }, after));

    expect(plans.flatMap(({ indexes }) => indexes)).toEqual([
      'targetType_1_targetId_1',
      'userId_1_details.ruleId_1_createdAt_-1__id_-1',
    ]);
  });
});

describe('every question about what a list shows of messages', () => {
  it('is answered over the index of messages', async () => {
    const rows = Array.from({ length: 500 }, (_, n) => ({ userId: owner, mailboxId, messageId: `m${n}` }));
    await EmailEvent.insertMany(rows.map((row) => ({ ...row, eventType: 'arrived' })));
    const ask = () => readMessageSummaries(owner, rows.slice(0, 50));

    expect(await faultsOf('emailevents', ask, /^userId_1_mailboxId_1_messageId_1_eventType_1$/)).toEqual([]);
  });
});

describe('the question about the categories of a mailbox', () => {
  it('is answered over an index of the mailbox', async () => {
    const known = {
      userId: owner,
      folderId: 'in',
      isRead: true,
      flag: 'notFlagged',
      observedAt: new Date(),
      version: 1,
    };
    const mailboxes = [mailboxId, ...Array.from({ length: 9 }, () => new Types.ObjectId())];
    await MessageState.insertMany(
      Array.from({ length: 2_000 }, (_, n) => ({
        ...known,
        mailboxId: mailboxes[n % 10],
        messageId: `m${n}`,
        categories: n % 3 === 0 ? ['Red'] : [],
      })),
    );
    const ask = () => readSeenCategories(mailboxId.toHexString());

    expect(await faultsOf(MessageState.collection.name, ask, /^mailboxId_1_/)).toEqual([]);
  });
});

/** What is wrong with the way a question is answered: the stages and indexes of plans that go another way. */
async function faultsOf(collection: string, ask: () => Promise<unknown>, allowed: RegExp) {
  const plans = await plansOf(collection, ask);
  if (plans.length === 0) return ['nothing was asked'];
  return plans.filter(
    ({ stages, indexes }) =>
      stages.includes('COLLSCAN') || indexes.length === 0 || indexes.some((name) => !allowed.test(name)),
  );
}
