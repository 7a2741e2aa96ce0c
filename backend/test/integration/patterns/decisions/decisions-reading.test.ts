import mongoose, { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configureMongoose } from '../../../../src/config/database.ts';
import { hourMs } from '../../../../src/lib/durations.ts';
import { buildIndexes, EmailEvent, models, Pattern, Rule } from '../../../../src/models/index.ts';
import { listPatterns, type PatternFilter } from '../../../../src/patterns/decisions/pattern-queries.ts';
import { readRulesOf } from '../../../../src/rules/stored-rule.ts';
import { replayPast } from '../../../../src/patterns/decisions/replay-past.ts';
import type { Owner } from '../../../factories/owner.ts';
import { dropDatabase, testDatabaseUri } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { ownerWithFolders } from './decision-fixture.ts';
import { plansOf } from '../../../harness/plans.ts';

const uri = testDatabaseUri();
const messages = 3_000;
const now = new Date();
let owner: Owner;
let userId: string;
beforeAll(async () => {
  configureMongoose();
  await mongoose.connect(uri, { monitorCommands: true });
  await buildIndexes(models, recordIndexLog());
  owner = await ownerWithFolders();
  userId = owner.userId.toString();
  await addPatterns();
  await addPast();
});
afterAll(async () => {
  await mongoose.disconnect();
  await dropDatabase(uri);
});

async function addPatterns(): Promise<void> {
  const rows = Array.from({ length: 500 }, (_, n) => ({
    userId: n % 10 === 0 ? owner.userId : new Types.ObjectId(),
    mailboxId: n % 10 === 0 ? owner.mailboxId : new Types.ObjectId(),
    patternType: 'sender' as const,
    key: `key-${n}`,
    confidence: n % 100,
    sampleSize: 10,
  }));
  await Pattern.insertMany(rows);
}

/** Each message was moved to Reading; every hundredth to Receipts. */
async function addPast(): Promise<void> {
  const rows = Array.from({ length: messages }, (_, n) => {
    const timestamp = new Date(now.getTime() - (48 + (n % 1_000)) * hourMs);
    const sender = { email: 'news@example.com', domain: 'example.com' };
    const message = { ...owner, messageId: `m-${n}`, sender, timestamp, receivedAt: timestamp };
    const toFolder = n % 100 === 0 ? 'receipts-id' : 'reading-id';
    return [
      { ...message, eventType: 'arrived' as const, toFolder: 'inbox-id' },
      { ...message, eventType: 'moved' as const, fromFolder: 'inbox-id', toFolder },
    ];
  });
  await EmailEvent.insertMany(rows.flat());
  const others = Array.from({ length: 3_000 }, (_, n) => ({
    userId: new Types.ObjectId(),
    mailboxId: new Types.ObjectId(),
    messageId: `other-${n}`,
    eventType: 'arrived' as const,
  }));
  await EmailEvent.insertMany(others);
}

function replay() {
  const past = { ...owner, now, folderKindOf: () => undefined, blindWindows: [] };
  const actions = [{ actionType: 'move' as const, toFolder: 'reading-id' }];
  return replayPast(past, { conditions: { senderDomain: 'example.com' }, actions });
}

const list = (filter: Partial<PatternFilter>) => listPatterns({ userId, ...filter }, { limit: 50 });

describe('every question about patterns', () => {
  it.each<[string, string, () => Promise<unknown>]>([
    ['all patterns', Pattern.collection.collectionName, () => list({})],
    ['a mailbox', Pattern.collection.collectionName, () => list({ mailboxId: owner.mailboxId.toString() })],
    ['states', Pattern.collection.collectionName, () => list({ statuses: ['suggested', 'approved'] })],
    ['an action', Pattern.collection.collectionName, () => list({ actionType: 'delete', minConfidence: 80 })],
    [
      'a later page',
      Pattern.collection.collectionName,
      () => listPatterns({ userId }, { limit: 50, after: { confidence: 50, id: userId } }),
    ],
    ['the past of a mailbox', EmailEvent.collection.collectionName, replay],
  ])('is answered over an index of the user: %s', async (_what, collection, ask) => {
    const plans = await plansOf(collection, ask);

    expect(plans.length).toBeGreaterThan(0);
    for (const { stages, indexes } of plans) {
      expect(stages).not.toContain('COLLSCAN');
      expect(indexes).not.toEqual([]);
      expect(indexes.filter((name) => !name.startsWith('userId_1_'))).toEqual([]);
    }
  });

  it('as to their rules is answered over an index', async () => {
    const patterns = [{ _id: new Types.ObjectId() }];

    const plans = await plansOf(Rule.collection.collectionName, () => readRulesOf(userId, patterns));

    expect(plans).toHaveLength(1);
    expect(plans[0]?.stages).not.toContain('COLLSCAN');
  });
});

describe('a list of patterns that takes the store too long', () => {
  it('is answered with 503', async () => {
    const many = { userId: new Types.ObjectId(), mailboxId: new Types.ObjectId(), patternType: 'sender' as const };
    const rows = Array.from({ length: 10_000 }, (_, n) => ({
      ...many,
      key: `key-${n}`,
      confidence: 50,
      sampleSize: 10,
    }));
    await Pattern.insertMany(rows);

    const page = listPatterns({ userId: many.userId.toString(), actionType: 'flag' }, { limit: 50, timeoutMs: 1 });

    await expect(page).rejects.toMatchObject({ status: 503, code: 'too_much' });
  });
});

describe('the replay of a past that is longer than what is read at once', () => {
  it('counts every message once, and shows the newest hundred contradictions at most', async () => {
    const result = await replay();

    expect(result).toMatchObject({
      considered: messages,
      matched: messages,
      agreed: messages - messages / 100,
      contradicted: messages / 100,
      precision: 0.99,
      coverage: 1,
    });
    expect(result.contradictions).toHaveLength(30);
    const times = result.sample.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((one, two) => two - one));
    expect(times).toHaveLength(10);
  });

  it('shows no more than a hundred of them', async () => {
    const past = { ...owner, now, folderKindOf: () => undefined, blindWindows: [] };
    const rule = { conditions: { senderDomain: 'example.com' }, actions: [{ actionType: 'delete' as const }] };

    const result = await replayPast(past, rule);

    expect(result).toMatchObject({ agreed: 0, contradicted: messages, precision: 0 });
    expect(new Set(result.contradictions).size).toBe(100);
  });
});
