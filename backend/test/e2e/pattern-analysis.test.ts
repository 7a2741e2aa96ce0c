import mongoose from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayMs } from '../../src/lib/durations.ts';
import { AuditLog, EmailEvent, Mailbox, Notification, Pattern, User } from '../../src/models/index.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { untilPasses } from '../harness/until-passes.ts';

const schedulerId = 'pattern-analysis-schedule';
const child = 'analyze-mailbox';
const isSet = mongoose.trusted({ $exists: true });

let it365: ConnectedService;
let sequence = 0;
beforeAll(async () => {
  it365 = await startConnectedService();
  await it365.signedIn(admin);
  await untilPasses(async () => Mailbox.findOne({ email: admin, lastSyncAt: isSet, lastAnalyzedAt: isSet }).orFail());
});
beforeEach(async () => {
  it365.microsoft.faults.clear();
  await Promise.all([EmailEvent.deleteMany({}), Pattern.deleteMany({}), Notification.deleteMany({})]);
  await Mailbox.updateOne({ email: admin }, { $unset: { lastAnalyzedAt: 1, analysis: 1 } });
});
afterAll(() => it365[Symbol.asyncDispose]());

const theMailbox = () => Mailbox.findOne({ email: admin }).lean().orFail();
const person = () => it365.microsoft.people.get(admin).does;

async function folderId(kind: string): Promise<string> {
  const folder = (await theMailbox()).folders.find((each) => each.kind === kind);
  if (folder === undefined) throw new Error(`The mailbox has no ${kind}`);
  return folder.id;
}

/** What observation would have recorded of somebody who deletes all mail of a sender, for a month and more. */
async function recordDeletions(from: string, messages = 40): Promise<void> {
  const { _id: mailboxId, userId } = await theMailbox();
  const [inbox, deleted] = [await folderId('inbox'), await folderId('deleted')];
  const sender = { email: from, domain: from.slice(from.indexOf('@') + 1) };
  const rows = Array.from({ length: messages }, (_, n) => {
    const receivedAt = new Date(Date.now() - (2 + n) * dayMs);
    const message = { userId, mailboxId, messageId: `recorded-${(sequence += 1)}`, sender, receivedAt };
    return [
      { ...message, eventType: 'arrived' as const, timestamp: receivedAt, toFolder: inbox },
      {
        ...message,
        eventType: 'deleted' as const,
        timestamp: new Date(receivedAt.getTime() + 60_000),
        toFolder: deleted,
      },
    ];
  });
  await EmailEvent.insertMany(rows.flat());
}

/** Has the mailbox analyzed now. @returns what the job came to */
async function analyzed(): Promise<unknown> {
  const queue = it365.service.queue('pattern-analysis');
  const { _id } = await theMailbox();
  const job = await queue.add(child, { mailboxId: _id.toString() }, { attempts: 1 });
  await expect.poll(() => job.getState()).toMatch(/completed|failed/);
  return (await queue.getJob(job.id ?? ''))?.returnvalue;
}

describe('pattern-analysis', () => {
  it('finds patterns from nothing but recorded events when its scheduler ticks', async () => {
    await recordDeletions('news@letters.example');
    const queue = it365.service.queue('pattern-analysis');
    expect(await queue.getJobScheduler(schedulerId)).toMatchObject({ pattern: '0 2 * * *', tz: 'UTC' });

    await queue.upsertJobScheduler(schedulerId, { pattern: '* * * * * *' }, { name: 'analyze-patterns' });
    await expect.poll(async () => (await theMailbox()).lastAnalyzedAt).toBeDefined();
    await queue.removeJobScheduler(schedulerId);
    await expect.poll(() => queue.getJobCounts('active', 'waiting')).toMatchObject({ active: 0, waiting: 0 });

    expect(await Pattern.find().lean()).toEqual([
      expect.objectContaining({
        status: 'suggested',
        sampleSize: 40,
        condition: { senderEmail: 'news@letters.example' },
        suggestedAction: { actionType: 'delete' },
      }),
    ]);
    expect(await AuditLog.countDocuments({ action: 'pattern_suggested' })).toBe(1);
    expect(await Notification.find({ type: 'pattern_detected' }).lean()).toHaveLength(1);
  });

  it('protects people the owner writes to, whom it learns from sent mail and does not keep', async () => {
    const [pal, colleague] = ['Pal@friends.example', 'colleague@work.example'];
    const sent = { from: admin, folder: 'sentitems', to: [{ name: 'Pal', address: pal }] };
    person().deliver({ ...sent, cc: [{ name: 'Colleague', address: colleague }] });
    person().deliver({
      ...sent,
      to: [{ name: 'Old', address: 'old@past.example' }],
      receivedAtMs: Date.now() - 91 * dayMs,
    });
    for (const from of [pal.toLowerCase(), colleague, 'old@past.example']) await recordDeletions(from);

    expect(await analyzed()).toMatchObject({ outcome: 'analyzed', found: 3, suggested: 1 });

    const found = (await Pattern.find().lean()).map(({ condition, status }) => `${condition?.senderEmail} ${status}`);
    expect(found.toSorted()).toEqual([
      'colleague@work.example detected',
      'old@past.example suggested',
      'pal@friends.example detected',
    ]);
    expect(it365.microsoft.privacy.report().properties).toMatchObject({ toRecipients: expect.any(Number) });
  });

  it('takes what an inbox rule does for no habit', async () => {
    const { _id: mailboxId, userId } = await theMailbox();
    const target = person().createFolder('Letters').id;
    person().addRule({
      displayName: 'Letters',
      conditions: { senderContains: ['letters.example'] },
      actions: { moveToFolder: target, stopProcessingRules: true },
    });
    const sender = { email: 'news@letters.example', domain: 'letters.example' };
    const rows = Array.from({ length: 40 }, (_, n) => {
      const receivedAt = new Date(Date.now() - (2 + n) * dayMs);
      const placed = { eventType: 'arrived' as const, timestamp: receivedAt, toFolder: target };
      return {
        userId,
        mailboxId,
        messageId: `placed-${n}`,
        sender,
        receivedAt,
        ...placed,
        metadata: { foundInPlace: true },
      };
    });
    await EmailEvent.insertMany(rows);

    expect(await analyzed()).toMatchObject({ votes: 0, found: 0 });
  });

  it('has nothing to do for whoever is not there, disconnected or deactivated', async () => {
    const queue = it365.service.queue('pattern-analysis');
    const nobody = await queue.add(child, { mailboxId: '0'.repeat(24) }, { attempts: 1 });
    await expect.poll(async () => (await queue.getJob(nobody.id ?? ''))?.returnvalue).toEqual({ outcome: 'gone' });

    await User.updateOne({ email: admin }, { $set: { isActive: false } });
    expect(await analyzed()).toEqual({ outcome: 'inactive' });
    await User.updateOne({ email: admin }, { $set: { isActive: true } });

    await Mailbox.updateOne({ email: admin }, { $set: { isConnected: false } });
    expect(await analyzed()).toEqual({ outcome: 'disconnected' });
    await Mailbox.updateOne({ email: admin }, { $set: { isConnected: true } });
  });

  it('leaves a mailbox alone while Graph wants it to, without using an attempt', async () => {
    it365.microsoft.faults.add({ kind: 429, path: 'sentitems', retryAfterSeconds: 3_600, times: 1 });
    const queue = it365.service.queue('pattern-analysis');
    const { _id } = await theMailbox();

    const job = await queue.add(child, { mailboxId: _id.toString() }, { attempts: 1 });

    await expect.poll(() => job.getState()).toBe('delayed');
    expect((await theMailbox()).lastAnalyzedAt).toBeUndefined();
    await job.remove();
  });
});
