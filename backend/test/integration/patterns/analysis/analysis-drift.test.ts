import mongoose, { type Types } from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../../../src/lib/durations.ts';
import {
  AuditLog,
  EmailEvent,
  type IAuditLog,
  models,
  Notification,
  Pattern,
  Rule,
} from '../../../../src/models/index.ts';
import { approvePattern } from '../../../../src/patterns/decisions/approve.ts';
import { readRuleExecutions } from '../../../../src/patterns/analysis/rule-executions.ts';
import type { SuggestedAction } from '../../../../src/patterns/detection/outcome.ts';
import { buildMessageState } from '../../../factories/message-state.ts';
import type { Owner } from '../../../factories/owner.ts';
import { buildPattern } from '../../../factories/pattern.ts';
import { nextNumber } from '../../../factories/sequence.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { analyze, buildWatchedMailbox, daysAgo, now, recordMail } from './analysis-fixture.ts';

const from = 'news@letters.example';
const archive = { actionType: 'archive' } as const;

useTestDatabase(models);
let owner: Owner;
beforeEach(async () => {
  owner = await buildWatchedMailbox();
});

/** A pattern that was approved 20 days ago, with its rule. @returns the rule's id */
async function approvedRule(suggestedAction: SuggestedAction = archive): Promise<Types.ObjectId> {
  const { _id } = await buildPattern({
    ...owner,
    status: 'suggested',
    suggestedAt: daysAgo(21),
    threshold: 75,
    condition: { senderEmail: from },
    suggestedAction: { ...suggestedAction },
  });
  await approvePattern({ userId: owner.userId.toString(), patternId: _id.toString() });
  await Pattern.updateOne({ _id }, { $set: { approvedAt: daysAgo(20) } });
  return (await Rule.findOne({ sourcePatternId: _id }).lean().orFail())._id;
}

interface Act {
  readonly ruleId: Types.ObjectId;
  readonly daysAgo: number;
  readonly change?: Readonly<Record<string, unknown>>;
  readonly fields?: Partial<IAuditLog>;
  /** Where the owner moved it afterwards. */
  readonly thenMovedTo?: string;
}

/** What automation writes when a rule has dealt with a message, and what observation sees of it. */
async function acted(act: Act): Promise<string> {
  const { ruleId, change = { folderId: 'archive-id' }, fields, thenMovedTo } = act;
  const messageId = `message-${nextNumber()}`;
  const at = daysAgo(act.daysAgo);
  const { _id: automatedByAction } = await AuditLog.create({
    ...owner,
    action: 'rule_executed',
    targetType: 'email',
    targetId: messageId,
    details: { ruleId: ruleId.toString(), change, finishedAt: at },
    createdAt: at,
    ...fields,
  });
  const sender = { email: from, domain: 'letters.example' };
  const moved = { ...owner, messageId, eventType: 'moved' as const, sender, receivedAt: at };
  const event =
    thenMovedTo === undefined
      ? { timestamp: at, toFolder: 'archive-id', metadata: { automatedByRule: ruleId, automatedByAction } }
      : { timestamp: new Date(at.getTime() + hourMs), toFolder: thenMovedTo };
  await EmailEvent.create({ ...moved, eventType: 'arrived', timestamp: at, toFolder: 'inbox-id' });
  await EmailEvent.create({ ...moved, ...event });
  return messageId;
}

async function actedOften(ruleId: Types.ObjectId, times: number, fromDaysAgo = 3): Promise<void> {
  for (let n = 0; n < times; n += 1) await acted({ ruleId, daysAgo: fromDaysAgo + n / 10 });
}

const rule = () => Rule.findOne(owner).lean().orFail();

describe('a deletion that was likely only', () => {
  it('ends the long wait once it has proven itself by five messages', async () => {
    const ruleId = await approvedRule();
    await Rule.updateOne({ _id: ruleId }, { $set: { stagingHours: 168 } });
    await actedOften(ruleId, 4);
    await analyze(owner.mailboxId);
    expect(await rule()).toMatchObject({ stagingHours: 168 });

    await actedOften(ruleId, 1, 2);
    await analyze(owner.mailboxId, { full: true });

    expect((await rule()).stagingHours).toBeUndefined();
  });
});

describe('a service whose clock is an hour fast', () => {
  it('sees that its owner moves mail back ten minutes after a rule', async () => {
    const ruleId = await approvedRule();
    const messageId = await acted({ ruleId, daysAgo: 1, thenMovedTo: 'inbox-id' });
    await EmailEvent.updateOne(
      { messageId, eventType: 'moved' },
      { $set: { timestamp: new Date(daysAgo(1).getTime() - 50 * minuteMs) } },
    );
    const read = (offsetMs: number) =>
      readRuleExecutions(
        { ...owner, folderKindOf: () => undefined, inGraphTime: (ours) => new Date(ours.getTime() + offsetMs) },
        [ruleId.toString()],
        daysAgo(2),
      );

    expect(await read(-hourMs)).toMatchObject([{ messageId, isContradicted: true }]);
    expect(await read(0)).toMatchObject([{ messageId, isContradicted: false }]);
  });
});
const pattern = () => Pattern.findOne(owner).sort({ createdAt: 1 }).lean().orFail();
const stops = () => AuditLog.find({ ...owner, action: 'rule_suspended' }).lean();
const notes = () => Notification.find({ userId: owner.userId, type: 'system' }).lean();

describe('a rule that its owner reverses', () => {
  it('is stopped after three times of the last ten, and its pattern is merely detected again', async () => {
    const ruleId = await approvedRule();
    await actedOften(ruleId, 40, 4);
    for (const day of [1.2, 1.5, 2.5]) await acted({ ruleId, daysAgo: day, thenMovedTo: 'inbox-id' });

    const report = await analyze(owner.mailboxId);

    expect(report).toMatchObject({ outcome: 'analyzed', suspended: 1 });
    expect(await rule()).toMatchObject({
      isEnabled: false,
      suspendedAt: new Date(now),
      suspendedReason: expect.stringContaining('3 of its last 10'),
    });
    const { status, approvedAt } = await pattern();
    expect({ status, approvedAt }).toEqual({ status: 'detected', approvedAt: undefined });
    expect(await stops()).toEqual([expect.objectContaining({ targetType: 'rule', targetId: ruleId.toString() })]);
    expect(await notes()).toEqual([expect.objectContaining({ priority: 'high', title: 'A rule was suspended' })]);
  });

  it('goes on after two times, and whatever was thrown away after it was filed', async () => {
    const ruleId = await approvedRule();
    await actedOften(ruleId, 12, 4);
    for (const day of [1.2, 1.5]) await acted({ ruleId, daysAgo: day, thenMovedTo: 'inbox-id' });
    for (const day of [1.3, 1.4, 1.6]) {
      const messageId = await acted({ ruleId, daysAgo: day });
      await EmailEvent.create({
        ...owner,
        messageId,
        eventType: 'deleted',
        toFolder: 'deleted-id',
        timestamp: daysAgo(1),
      });
    }

    expect(await analyze(owner.mailboxId)).toMatchObject({ suspended: 0 });
    expect(await rule()).toMatchObject({ isEnabled: true });
    expect(await pattern()).toMatchObject({ status: 'approved' });
  });

  it.each<[string, Partial<Act>]>([
    ['rescued', {}],
    ['undone', { fields: { undoneAt: daysAgo(1) } }],
  ])('is stopped when what it did was %s', async (how, act) => {
    const ruleId = await approvedRule();
    for (const day of [1.2, 1.5, 1.8]) {
      const targetId = await acted({ ruleId, daysAgo: day, ...act });
      if (how === 'rescued') {
        await AuditLog.create({
          ...owner,
          action: 'email_rescued',
          targetType: 'email',
          targetId,
          createdAt: daysAgo(1),
        });
      }
    }

    expect(await analyze(owner.mailboxId)).toMatchObject({ suspended: 1 });
  });

  it('is stopped when what it marked as read is unread again', async () => {
    const ruleId = await approvedRule({ actionType: 'markRead' });
    for (const day of [1.2, 1.5, 1.8]) {
      const messageId = await acted({ ruleId, daysAgo: day, change: { isRead: true } });
      await buildMessageState({ ...owner, messageId, isRead: false });
    }
    expect(await analyze(owner.mailboxId)).toMatchObject({ suspended: 1 });

    owner = await buildWatchedMailbox();
    const otherId = await approvedRule({ actionType: 'markRead' });
    for (const day of [1.2, 1.5, 1.8]) await acted({ ruleId: otherId, daysAgo: day, change: { isRead: true } });
    expect(await analyze(owner.mailboxId)).toMatchObject({ suspended: 0 });
  });

  it('is stopped when in the last 30 days it was followed too rarely', async () => {
    const ruleId = await approvedRule();
    await actedOften(ruleId, 8, 1.1);
    for (let n = 0; n < 12; n += 1) await acted({ ruleId, daysAgo: 3 + n / 10, thenMovedTo: 'inbox-id' });
    await actedOften(ruleId, 2, 1.9);

    await analyze(owner.mailboxId);

    expect(await rule()).toMatchObject({ suspendedReason: expect.stringContaining('last 30 days') });
  });

  it('is stopped by what the owner puts elsewhere by hand, not by what is merely left', async () => {
    await approvedRule();
    const doing = { moved: 'reading-id' };
    await recordMail(
      owner,
      [3, 4, 5, 6].map((day) => ({ from, doing: 'left' as const, at: daysAgo(day) })),
    );
    await recordMail(
      owner,
      [21, 22, 23].map((day) => ({ from, doing, at: daysAgo(day) })),
    );
    expect(await analyze(owner.mailboxId)).toMatchObject({ suspended: 0 });

    await recordMail(
      owner,
      [7, 8, 9].map((day) => ({ from, doing, at: daysAgo(day) })),
    );
    expect(await analyze(owner.mailboxId)).toMatchObject({ suspended: 1 });
  });

  it('is not suggested again for a month, and an approval starts it afresh', async () => {
    const mail = Array.from({ length: 30 }, (_, n) => ({ from, doing: 'archived' as const, at: daysAgo(21 + n / 2) }));
    await recordMail(owner, [...mail, { from: 'x@y.example', doing: 'left', at: daysAgo(60) }]);
    await analyze(owner.mailboxId, { at: now - 19 * dayMs });
    const { _id } = await pattern();
    const key = { userId: owner.userId.toString(), patternId: _id.toString() };
    await approvePattern(key);
    await Pattern.updateOne({ _id }, { $set: { approvedAt: daysAgo(18) } });
    const { _id: ruleId } = await rule();
    for (const day of [1.2, 1.5, 1.8]) await acted({ ruleId, daysAgo: day, thenMovedTo: 'inbox-id' });

    await analyze(owner.mailboxId);
    await analyze(owner.mailboxId, { at: now + dayMs, full: true });
    expect(await pattern()).toMatchObject({ status: 'detected' });

    await EmailEvent.deleteMany({ ...owner, timestamp: mongoose.trusted({ $gte: daysAgo(10) }) });
    await analyze(owner.mailboxId, { at: now + 31 * dayMs, full: true });
    expect(await pattern()).toMatchObject({ status: 'suggested' });
    await approvePattern(key);
    expect((await rule()).suspendedAt).toBeUndefined();
    expect(await analyze(owner.mailboxId, { at: now + 32 * dayMs })).toMatchObject({ suspended: 0 });
    expect(await rule()).toMatchObject({ isEnabled: true });
  });

  it('is said to be stopped once, also when a crash or a second analysis comes between', async () => {
    const ruleId = await approvedRule();
    for (const day of [1.2, 1.5, 1.8]) await acted({ ruleId, daysAgo: day, thenMovedTo: 'inbox-id' });
    await Rule.updateOne(
      { _id: ruleId },
      { $set: { isEnabled: false, suspendedAt: new Date(now), suspendedReason: 'Reversed' }, $inc: { version: 1 } },
    );

    await Promise.all([analyze(owner.mailboxId), analyze(owner.mailboxId)]);
    await analyze(owner.mailboxId, { at: now + dayMs });

    expect(await pattern()).toMatchObject({ status: 'detected' });
    expect(await stops()).toHaveLength(1);
    expect(await notes()).toHaveLength(1);
  });

  it('is left alone when its owner decides about it at the same time', async () => {
    const ruleId = await approvedRule();
    for (const day of [1.2, 1.5, 1.8]) await acted({ ruleId, daysAgo: day, thenMovedTo: 'inbox-id' });
    await Rule.updateOne({ _id: ruleId }, { $set: { isEnabled: false }, $inc: { version: 1 } });

    expect(await analyze(owner.mailboxId)).toMatchObject({ suspended: 0 });
    expect(await pattern()).toMatchObject({ status: 'approved' });
    expect(await stops()).toEqual([]);
  });
});
