import mongoose from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { compareIndexes } from '../../../../src/models/indexes/index-diff.ts';
import { buildIndexes, models, Rule, StagedEmail, User } from '../../../../src/models/index.ts';
import { buildUser } from '../../../factories/user.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { recordIndexLog } from './index-log.ts';
import { plannedIndexes } from './plan-indexes.ts';
import { readIndexes } from './read-indexes.ts';

useTestDatabase();
beforeEach(() => mongoose.connection.dropDatabase());

describe('building the indexes', () => {
  it('makes every collection with exactly the indexes of the plan', async () => {
    const log = recordIndexLog();

    await buildIndexes(models, log);

    const found = await Promise.all(
      models.map(async ({ collection }) => [collection.collectionName, await readIndexes(collection)]),
    );
    expect(Object.fromEntries(found)).toEqual(plannedIndexes);
    expect(log.infos).toHaveLength(17);
    expect(log.infos).toContainEqual({
      collection: 'mailboxes',
      indexes: [
        '{ userId: 1, email: 1 }, unique',
        '{ userId: 1, tenantId: 1, objectId: 1 }, unique, only where {"objectId":{"$exists":true}}',
        '{ userId: 1 }',
        '{ isConnected: 1, _id: 1 }',
        '{ isConnected: 1, nextSyncAt: 1 }',
      ],
    });
    expect(log.warnings).toEqual([]);
  });

  it('has the order of the fields in a key from the plan', async () => {
    await buildIndexes([Rule], recordIndexLog());

    const keys = (await Rule.collection.listIndexes().toArray()).map(({ key }) => Object.keys(key));

    expect(keys).toEqual([
      ['_id'],
      ['userId', 'mailboxId', 'isEnabled', 'priority'],
      ['scope', 'isEnabled', 'priority'],
      ['mailboxId', 'trigger.kind'],
      ['sourcePatternId'],
      ['graphRuleId'],
    ]);
  });

  it('does nothing and says nothing when they are there', async () => {
    const log = recordIndexLog();
    await buildIndexes(models, recordIndexLog());

    await buildIndexes(models, log);

    expect([...log.infos, ...log.warnings]).toEqual([]);
    expect(await compareIndexes(models)).toEqual(
      models.map(({ collection }) => ({ collection, missing: [], differing: [], unknown: [] })),
    );
  });

  it('may be done by two processes at once', async () => {
    await Promise.all([buildIndexes(models, recordIndexLog()), buildIndexes(models, recordIndexLog())]);

    expect(await readIndexes(User.collection)).toEqual(plannedIndexes['users']);
  });

  it('warns of a stale TTL index and leaves it alone', async () => {
    const log = recordIndexLog();
    await StagedEmail.collection.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });

    await buildIndexes(models, log);

    expect(log.warnings).toEqual([
      {
        collection: 'stagedemails',
        index: 'expiresAt_1',
        inStore: '{ expiresAt: 1 }, rows removed after 0 s',
        inSchema:
          '{ expiresAt: 1 }, rows removed after 0 s, only where {"status":{"$in":["executed","rescued","expired"]}}',
      },
    ]);
    expect(await readIndexes(StagedEmail.collection)).toMatchObject({
      expiresAt_1: { key: { expiresAt: 1 }, expireAfterSeconds: 0 },
      userId_1_status_1_expiresAt_1: {},
    });
  });

  it('warns of an index that no schema has and leaves it alone', async () => {
    const log = recordIndexLog();
    await User.collection.createIndex({ lastLoginAt: 1 }, { expireAfterSeconds: 60 });

    await buildIndexes(models, log);

    expect(log.warnings).toEqual([
      { collection: 'users', index: 'lastLoginAt_1', inStore: '{ lastLoginAt: 1 }, rows removed after 60 s' },
    ]);
    expect(await readIndexes(User.collection)).toHaveProperty('lastLoginAt_1');
  });

  it('does not take a key with its fields in another order for the same', async () => {
    const log = recordIndexLog();
    await Rule.collection.createIndex({ mailboxId: 1, userId: 1, isEnabled: 1, priority: 1 });

    await buildIndexes([Rule], log);

    expect(log.infos).toEqual([
      {
        collection: 'rules',
        indexes: [
          '{ userId: 1, mailboxId: 1, isEnabled: 1, priority: 1 }',
          '{ scope: 1, isEnabled: 1, priority: 1 }',
          '{ mailboxId: 1, trigger.kind: 1 }, only where {"trigger.kind":{"$exists":true}}',
          '{ sourcePatternId: 1 }, unique, sparse',
          '{ graphRuleId: 1 }, sparse',
        ],
      },
    ]);
    expect(log.warnings).toHaveLength(1);
  });

  it('fails on duplicate rows and names collection and key', async () => {
    await buildUser({ email: 'twice@example.com' });
    await buildUser({ email: 'twice@example.com' });

    await expect(buildIndexes(models, recordIndexLog())).rejects.toMatchObject({
      name: 'IndexBuildError',
      message: expect.stringMatching(/^Index \{ email: 1 \}, unique of users cannot be built: /u),
      cause: { code: 11_000 },
    });
  });
});
