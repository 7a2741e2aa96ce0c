import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configureMongoose } from '../../../../src/config/database.ts';
import { dayMs, hourMs } from '../../../../src/lib/durations.ts';
import { buildIndexes, EmailEvent } from '../../../../src/models/index.ts';
import type { EventFilter } from '../../../../src/observation/reports/event-filter.ts';
import { listEvents, type PageRequest } from '../../../../src/observation/reports/event-queries.ts';
import { summarizeSenders } from '../../../../src/observation/reports/event-senders.ts';
import { countByTime } from '../../../../src/observation/reports/event-timeline.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import { dropDatabase, testDatabaseUri } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { plansOf } from '../../../harness/plans.ts';

const uri = testDatabaseUri();
const to = new Date();
const from = new Date(to.getTime() - 30 * dayMs);
let userId: string;
let mailboxId: string;

beforeAll(async () => {
  configureMongoose();
  await mongoose.connect(uri, { monitorCommands: true });
  await buildIndexes([EmailEvent], recordIndexLog());
  const blindWindows = [{ from, to: new Date(from.getTime() + dayMs), reason: 'service_down' as const }];
  const mailbox = await buildMailbox({ blindWindows });
  userId = mailbox.userId.toString();
  mailboxId = mailbox._id.toString();
  const owners = [mailbox, ...Array.from({ length: 9 }, () => ({ userId: new Types.ObjectId(), _id: undefined }))];
  for (const owner of owners) await addEvents(owner);
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

async function addEvents(owner: { userId: Types.ObjectId; _id: Types.ObjectId | undefined }): Promise<void> {
  const rows = Array.from({ length: 300 }, (_, n) => ({
    userId: owner.userId,
    mailboxId: owner._id ?? new Types.ObjectId(),
    messageId: `message-${n}`,
    eventType: 'arrived' as const,
    timestamp: new Date(to.getTime() - (n + 1) * 2 * hourMs),
    sender: { email: `s${n % 20}@d${n % 10}.example`, domain: `d${n % 10}.example` },
  }));
  await EmailEvent.insertMany(rows);
}

describe('every question about events', () => {
  const page: PageRequest = { limit: 50, order: 'newest-first' };
  const after = { timestamp: from, id: '0'.repeat(24), stateVersion: 1 };
  const list = (filter: Partial<EventFilter>, more: Partial<PageRequest> = {}) =>
    listEvents({ userId, ...filter }, { ...page, ...more });

  it.each<[string, () => Promise<unknown>]>([
    ['the first page', () => list({})],
    ['a later page', () => list({}, { after })],
    ['a later page from the other end', () => list({}, { after, order: 'oldest-first' })],
    ['a time', () => list({ from, to }, { after })],
    ['a mailbox', () => list({ mailboxId })],
    ['a mailbox in a time', () => list({ mailboxId, from, to }, { after })],
    ['a type', () => list({ types: ['moved'] })],
    ['several types', () => list({ types: ['moved', 'deleted'], mailboxId }, { after })],
    ['an address', () => list({ sender: 's1@d1.example' })],
    ['an address without a domain', () => list({ sender: 'system' })],
    ['a domain', () => list({ domain: 'd1.example', from })],
    ['a folder', () => list({ folderId: 'inbox' }, { after })],
    ['senders', () => summarizeSenders({ userId, from, to }, { by: 'address', limit: 20 })],
    ['senders of a mailbox', () => summarizeSenders({ userId, mailboxId, from, to }, { by: 'address', limit: 20 })],
    ['domains', () => summarizeSenders({ userId, from, to }, { by: 'domain', limit: 20 })],
    ['days', () => countByTime({ userId, from, to }, 'day')],
    ['hours of a mailbox', () => countByTime({ userId, mailboxId, from, to }, 'hour')],
  ])('is answered over an index of the user: %s', async (_what, ask) => {
    const plans = await plansOf('emailevents', ask);

    expect(plans.length).toBeGreaterThan(0);
    for (const { stages, indexes } of plans) {
      expect(stages).not.toContain('COLLSCAN');
      expect(indexes).not.toEqual([]);
      expect(indexes.filter((name) => !name.startsWith('userId_1_'))).toEqual([]);
    }
  });

  it.each<[string, Partial<EventFilter>]>([
    ['any mailbox', { messageId: 'message-7' }],
    ['its mailbox', { messageId: 'message-7', mailboxId: 'given' }],
  ])('is answered over the index of messages when it is for one in %s', async (_what, filter) => {
    const asked = filter.mailboxId === undefined ? filter : { ...filter, mailboxId };
    const plans = await plansOf('emailevents', () => list(asked, { after }));

    expect(plans.length).toBe(2);
    for (const { indexes } of plans) expect(indexes).toEqual(['userId_1_mailboxId_1_messageId_1_eventType_1']);
  });

  it('would be noticed if it went through the whole collection', async () => {
    const [plan] = await plansOf('emailevents', () => EmailEvent.find({ subject: 'no index has it' }).lean());

    expect(plan).toMatchObject({ stages: ['COLLSCAN'], indexes: [] });
  });
});
