import { Types } from 'mongoose';
import { beforeAll, describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../../src/lib/durations.ts';
import { EmailEvent, models, Pattern } from '../../../../src/models/index.ts';
import type { Owner } from '../../../factories/owner.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { analyze, buildWatchedMailbox, now } from './analysis-fixture.ts';

const senders = 2_000;
const messages = 55_000;

useTestDatabase(models);
let owner: Owner;
beforeAll(async () => {
  owner = await buildWatchedMailbox();
  await fillMailbox();
}, 600_000);

/** A few senders write much, most write little; each has its own fate, and one in twenty messages another one. */
function eventsOf(n: number) {
  const rank = Math.floor(senders * ((n * 0.618_033_988) % 1) ** 3);
  const messageId = `AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A${String(n).padStart(12, '0')}`;
  const receivedAt = new Date(now - 1.1 * dayMs - (n / messages) * 85 * dayMs);
  const domain = `domain-${rank % 700}.example`;
  const common = {
    ...owner,
    messageId,
    internetMessageId: `<${messageId}@${domain}>`,
    conversationId: `conversation-${n % 9_000}`,
    sender: { name: `Sender ${rank}`, email: `sender-${rank}@${domain}`, domain },
    subject: `Your weekly summary, number ${n}`,
    subjectNormalized: `your weekly summary number ${n % 40}`,
    receivedAt,
    metadata: { isNewsletter: rank % 3 === 0, hasListUnsubscribe: rank % 3 === 0 },
    stateVersion: 1,
  };
  const arrived = { ...common, eventType: 'arrived' as const, timestamp: receivedAt, toFolder: 'inbox-id' };
  const timestamp = new Date(receivedAt.getTime() + hourMs);
  const fate = n % 20 === 0 ? (rank + 1) % 3 : rank % 3;
  if (fate === 0) return [arrived, { ...common, eventType: 'deleted' as const, timestamp, toFolder: 'deleted-id' }];
  if (fate === 1) return [arrived, { ...common, eventType: 'moved' as const, timestamp, toFolder: 'archive-id' }];
  return n % 3 === 0 ? [arrived] : [arrived, { ...common, eventType: 'read' as const, timestamp, isRead: true }];
}

async function fillMailbox(): Promise<void> {
  const at = { createdAt: new Date(now), updatedAt: new Date(now) };
  for (let start = 0; start < messages; start += 5_000) {
    const rows = Array.from({ length: 5_000 }, (_, n) => eventsOf(start + n)).flat();
    await EmailEvent.collection.insertMany(rows.map((row) => ({ _id: new Types.ObjectId(), ...row, ...at })));
  }
}

describe('a mailbox of 100,000 events', () => {
  it('is analyzed whole, in one run', async () => {
    expect(await EmailEvent.countDocuments(owner)).toBeGreaterThanOrEqual(100_000);

    const report = await analyze(owner.mailboxId);

    expect(report).toMatchObject({ outcome: 'analyzed', scope: 'whole' });
    expect(await Pattern.countDocuments(owner)).toBeGreaterThan(100);
  });
});
