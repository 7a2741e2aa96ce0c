import { beforeEach, describe, expect, it } from 'vitest';
import { hourMs } from '../../../../src/lib/durations.ts';
import { AuditLog, EmailEvent, models, Notification, Rule } from '../../../../src/models/index.ts';
import type { Owner } from '../../../factories/owner.ts';
import { buildRule } from '../../../factories/rule.ts';
import { nextNumber } from '../../../factories/sequence.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { analyze, buildWatchedMailbox, daysAgo } from './analysis-fixture.ts';

useTestDatabase(models);

const from = 'news@letters.example';
let owner: Owner;
beforeEach(async () => {
  owner = await buildWatchedMailbox();
});

/** A rule of the owner archived a message, and the owner moved it back an hour later. */
async function reversed(ruleId: { toString(): string }, days: number): Promise<void> {
  const at = daysAgo(days);
  const messageId = `reversed-${nextNumber()}`;
  const details = { ruleId: ruleId.toString(), change: { folderId: 'archive-id' }, finishedAt: at };
  const entry = { action: 'rule_executed', targetType: 'email', targetId: messageId, details, createdAt: at } as const;
  await AuditLog.create({ ...owner, ...entry });
  const event = { ...owner, messageId, sender: { email: from, domain: 'letters.example' }, receivedAt: at };
  await EmailEvent.create({ ...event, eventType: 'arrived', timestamp: at, toFolder: 'inbox-id' });
  const back = { timestamp: new Date(at.getTime() + hourMs), toFolder: 'inbox-id' };
  await EmailEvent.create({ ...event, eventType: 'moved', ...back });
}

function told() {
  return Notification.find({ userId: owner.userId, title: 'You reverse what a rule does' }).lean();
}

describe('a rule that its owner has written', () => {
  it('goes on when it is reversed, and its owner is told once for each of its versions', async () => {
    const { _id: ruleId } = await buildRule({ ...owner, name: 'By hand', conditions: { senderEmail: from } });
    await Rule.collection.updateOne({ _id: ruleId }, { $set: { updatedAt: daysAgo(20) } });
    for (const days of [1.2, 1.5]) await reversed(ruleId, days);
    await analyze(owner.mailboxId);
    expect(await told()).toEqual([]);

    await reversed(ruleId, 1.8);
    await analyze(owner.mailboxId);
    await analyze(owner.mailboxId, { full: true });

    expect(await told()).toMatchObject([{ message: expect.stringContaining('“By hand”') }]);
    expect(await Rule.findById(ruleId).lean()).toMatchObject({ isEnabled: true });
    await Rule.updateOne({ _id: ruleId }, { $inc: { version: 1 } });
    await analyze(owner.mailboxId, { full: true });
    expect(await told()).toHaveLength(1);
  });
});
