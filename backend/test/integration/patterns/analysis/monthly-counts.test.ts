import mongoose from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { dayMs } from '../../../../src/lib/durations.ts';
import { eventRetentionMs } from '../../../../src/lib/retention.ts';
import { EmailEvent, models, MonthlyCount, Pattern } from '../../../../src/models/index.ts';
import { monthOf, startOfMonth } from '../../../../src/patterns/detection/past.ts';
import type { Owner } from '../../../factories/owner.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { analyze, buildWatchedMailbox, daysAgo, history, now, recordMail } from './analysis-fixture.ts';

useTestDatabase(models);

const from = 'weekly@letters.example';
/** A newsletter that is deleted every three days, in all that events are kept for. */
const mail = Array.from({ length: 28 }, (_, n) => ({ from, doing: 'deleted' as const, at: daysAgo(2 + 3 * n) }));
const firstWhole = monthOf(startOfMonth(monthOf(new Date(now - eventRetentionMs)), 1));
const fromWholeMonths = mail.filter(({ at }) => monthOf(at) >= firstWhole);

let owner: Owner;
beforeEach(async () => {
  owner = await buildWatchedMailbox();
  await recordMail(owner, [...mail, ...history()]);
});

const counts = () => MonthlyCount.find(owner, '-_id -__v').sort({ month: 1, sender: 1, outcome: 1 }).lean();
const pattern = () =>
  Pattern.findOne({ ...owner, 'condition.senderEmail': from })
    .lean()
    .orFail();

/** What the store does with events that are older than it keeps them. */
async function forgetEvents(at: number): Promise<void> {
  await EmailEvent.deleteMany({ ...owner, timestamp: mongoose.trusted({ $lt: new Date(at - eventRetentionMs) }) });
}

describe('the counts of a month', () => {
  it('stay when its events are gone: a year of a habit is known', async () => {
    await analyze(owner.mailboxId);
    expect(await pattern()).toMatchObject({ sampleSize: mail.length });
    await analyze(owner.mailboxId, { at: now + 45 * dayMs, full: true });

    const later = now + 60 * dayMs;
    await forgetEvents(later);
    await analyze(owner.mailboxId, { at: later, full: true });

    expect(await EmailEvent.countDocuments({ ...owner, eventType: 'deleted' })).toBeLessThan(fromWholeMonths.length);
    expect(await pattern()).toMatchObject({
      sampleSize: fromWholeMonths.length,
      exceptionCount: 0,
      blockers: [],
      status: 'suggested',
    });
  });

  it('are the same however often they are counted, and whole again after a crash between', async () => {
    await analyze(owner.mailboxId, { at: now + 3 * dayMs, full: true });
    const counted = await counts();
    const ofLetters = counted.filter(({ sender }) => sender === from);
    expect(ofLetters.length).toBeGreaterThan(1);
    expect(ofLetters.every(({ outcome, opened }) => outcome === 'deleted' && opened === 'no')).toBe(true);
    expect(new Set(ofLetters.map(({ month }) => month)).size).toBe(ofLetters.length);

    await MonthlyCount.deleteOne({ ...owner, sender: from });
    await analyze(owner.mailboxId, { at: now + 3 * dayMs + 60_000, full: true });
    await analyze(owner.mailboxId, { at: now + 3 * dayMs + 120_000, full: true });

    expect(await counts()).toEqual(counted);
  });

  it('hold neither subject nor message, and are forgotten a year after their month', async () => {
    await analyze(owner.mailboxId, { at: now + 3 * dayMs, full: true });
    const [row] = await counts();

    expect(Object.keys(row ?? {}).toSorted()).toEqual(
      ['domain', 'expiresAt', 'mailboxId', 'messages', 'month', 'opened', 'outcome', 'sender', 'userId'].toSorted(),
    );
    expect(row?.expiresAt).toEqual(startOfMonth(row?.month ?? '', 13));
  });
});
