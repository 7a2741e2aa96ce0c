import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, useDatabase } from './gateway-database.ts';

/** What the service needs of the indexes of a MongoDB 7, whichever server stands behind the URI. */
const { ObjectId } = mongo;
const store = useDatabase('indexes');
const ttlWait = { timeout: 75_000, interval: 250 };

async function setTtlSeconds(ttlMonitorSleepSecs: number): Promise<void> {
  await store.db().admin().command({ setParameter: 1, ttlMonitorSleepSecs });
}

describe('unique indexes', () => {
  it('name the key of a duplicate', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ email: 1 }, { unique: true });
    await rows.insertOne({ email: 'a@example.org' });

    const error = await refusalOf(rows.insertOne({ email: 'a@example.org' }));

    expect(error).toMatchObject({
      code: 11_000,
      keyPattern: { email: 1 },
      keyValue: { email: 'a@example.org' },
      message: `E11000 duplicate key error collection: ${rows.namespace} index: email_1 dup key: { email: "a@example.org" }`,
    });
  });

  it('name _id when that is the duplicate', async () => {
    const rows = store.newCollection();
    const _id = new ObjectId();
    await rows.insertOne({ _id });

    const error = await refusalOf(rows.insertOne({ _id }));

    expect(error).toMatchObject({ code: 11_000, keyPattern: { _id: 1 } });
    expect(String(error['keyValue']._id)).toBe(String(_id));
  });

  it('refuse an update that makes a duplicate', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ 'owner.name': 1, kind: 1 }, { unique: true });
    await rows.insertMany([
      { owner: { name: 'x' }, kind: 1 },
      { owner: { name: 'y' }, kind: 1 },
    ]);

    const error = await refusalOf(rows.updateOne({ 'owner.name': 'y', kind: 1 }, { $set: { 'owner.name': 'x' } }));

    expect(error).toMatchObject({
      code: 11_000,
      keyPattern: { 'owner.name': 1, kind: 1 },
      keyValue: { 'owner.name': 'x', kind: 1 },
    });
  });

  it('refuse a findOneAndUpdate that makes a duplicate', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ n: 1 }, { unique: true });
    await rows.insertMany([{ n: 1 }, { n: 2 }]);

    const error = await refusalOf(rows.findOneAndUpdate({ n: 2 }, { $set: { n: 1 } }));

    expect(error).toMatchObject({ code: 11_000, keyPattern: { n: 1 }, keyValue: { n: 1 } });
  });

  it('refuse an upsert whose _id is there with other fields', async () => {
    const rows = store.newCollection();
    await rows.insertOne({ _id: new ObjectId('0123456789abcdef01234567'), version: 2 });
    const filter = { _id: new ObjectId('0123456789abcdef01234567'), version: 1 };

    const byUpdate = await refusalOf(rows.updateOne(filter, { $set: { n: 1 } }, { upsert: true }));
    const byFindAndModify = await refusalOf(rows.findOneAndUpdate(filter, { $set: { n: 1 } }, { upsert: true }));

    expect(byUpdate).toMatchObject({ code: 11_000, keyPattern: { _id: 1 } });
    expect(byFindAndModify).toMatchObject({ code: 11_000, keyPattern: { _id: 1 }, keyValue: { _id: filter._id } });
  });

  it('are not built over duplicates', async () => {
    const rows = store.newCollection();
    await rows.insertMany([{ n: 1 }, { n: 1 }]);

    const error = await refusalOf(rows.createIndex({ n: 1 }, { unique: true }));

    expect(error.code).toBe(11_000);
  });

  it('count a missing field as null unless they are sparse', async () => {
    const plain = store.newCollection();
    const sparse = store.newCollection();
    await plain.createIndex({ graphId: 1 }, { unique: true });
    await sparse.createIndex({ graphId: 1 }, { unique: true, sparse: true });
    await plain.insertOne({ n: 1 });
    await sparse.insertOne({ n: 1 });

    await sparse.insertOne({ n: 2 });
    const error = await refusalOf(plain.insertOne({ n: 2 }));

    expect(error).toMatchObject({ code: 11_000, keyValue: { graphId: null } });
    expect(await sparse.countDocuments()).toBe(2);
  });

  it('let compound keys differ in one field', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ user: 1, message: 1, type: 1 }, { unique: true });
    await rows.insertOne({ user: 1, message: 'm', type: 'moved' });
    await rows.insertOne({ user: 1, message: 'm', type: 'deleted' });

    const error = await refusalOf(rows.insertOne({ user: 1, message: 'm', type: 'moved' }));

    expect(error).toMatchObject({ code: 11_000, keyValue: { user: 1, message: 'm', type: 'moved' } });
  });

  it('bind only the documents of their partial filter', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ user: 1 }, { unique: true, partialFilterExpression: { status: 'active' } });
    await rows.insertMany([
      { user: 1, status: 'active' },
      { user: 1, status: 'gone' },
      { user: 1, status: 'gone' },
    ]);

    const error = await refusalOf(rows.insertOne({ user: 1, status: 'active' }));

    expect(error.code).toBe(11_000);
    expect(await rows.countDocuments({ user: 1 })).toBe(3);
  });

  it('read back as they were made', async () => {
    const rows = store.newCollection();
    const partialFilterExpression = { status: { $in: ['executed', 'expired'] } };
    await rows.createIndex({ a: 1, b: -1 }, { unique: true, name: 'by_a' });
    await rows.createIndex({ c: 1 }, { sparse: true });
    await rows.createIndex({ at: 1 }, { expireAfterSeconds: 0, partialFilterExpression });

    const indexes = await rows.listIndexes().toArray();

    expect(indexes).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1, b: -1 }, name: 'by_a', unique: true },
      { v: 2, key: { c: 1 }, name: 'c_1', sparse: true },
      { v: 2, key: { at: 1 }, name: 'at_1', expireAfterSeconds: 0, partialFilterExpression },
    ]);
  });

  it('are dropped by name, and a difference in options is refused', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ a: 1 });

    const error = await refusalOf(rows.createIndex({ a: 1 }, { unique: true, name: 'a_1' }));
    await rows.dropIndex('a_1');

    expect([85, 86]).toContain(error.code);
    expect(await rows.listIndexes().toArray()).toHaveLength(1);
  });
});

describe('expiring documents', () => {
  let secondsBefore = 1;

  beforeAll(async () => {
    const parameters = await store.db().admin().command({ getParameter: 1, ttlMonitorSleepSecs: 1 });
    secondsBefore = Number(parameters['ttlMonitorSleepSecs']);
    if (secondsBefore > 1) await setTtlSeconds(1);
  });

  afterAll(async () => {
    if (secondsBefore > 1) await setTtlSeconds(secondsBefore);
  });

  it('vanish at their time', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ at: 1 }, { expireAfterSeconds: 0 });
    await rows.insertMany([
      { at: new Date(Date.now() - 1000) },
      { at: new Date(Date.now() + 3_600_000) },
      { at: null },
    ]);

    await expect.poll(() => rows.countDocuments({}), ttlWait).toBe(2);
  });

  it('stay when the partial filter does not name them', async () => {
    const rows = store.newCollection();
    const partialFilterExpression = { status: { $in: ['executed', 'expired'] } };
    await rows.createIndex({ at: 1 }, { expireAfterSeconds: 0, partialFilterExpression });
    const at = new Date(Date.now() - 1000);
    await rows.insertMany([
      { at, status: 'staged' },
      { at, status: 'executed' },
      { at, status: 'expired' },
    ]);

    await expect.poll(() => rows.countDocuments({}), ttlWait).toBe(1);
    expect(await rows.findOne()).toMatchObject({ status: 'staged' });
  });
});
