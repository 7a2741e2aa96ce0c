import { once } from 'node:events';
import { connect } from 'node:net';
import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { refusalOf, times, useDatabase } from './gateway-database.ts';

/** What the service needs of the writes of a MongoDB 7, whichever server stands behind the URI. */
const { MongoBulkWriteError } = mongo;
const store = useDatabase('writing');

describe('writers that meet', () => {
  it('have one winner on a unique key', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ key: 1 }, { unique: true });

    const outcomes = await Promise.allSettled(times(50, (writer) => rows.insertOne({ key: 'same', writer })));

    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(codes).toEqual(Array(49).fill(11_000));
    expect(await rows.countDocuments()).toBe(1);
  });

  it('upsert one document in which every update counts', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ key: 1 }, { unique: true });

    await Promise.all(times(50, () => rows.updateOne({ key: 'same' }, { $inc: { n: 1 } }, { upsert: true })));

    expect(await rows.find().toArray()).toMatchObject([{ key: 'same', n: 50 }]);
  });

  it('upsert through findOneAndUpdate in the same way', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ key: 1 }, { unique: true });

    const claim = () => rows.findOneAndUpdate({ key: 'same' }, { $inc: { n: 1 } }, { upsert: true });
    await Promise.all(times(50, claim));

    expect(await rows.find().toArray()).toMatchObject([{ key: 'same', n: 50 }]);
  });

  it('upsert through bulkWrite in the same way', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ key: 1 }, { unique: true });
    const upserts = times(10, (key) => ({ updateOne: { filter: { key }, update: { $inc: { n: 1 } }, upsert: true } }));

    const results = await Promise.all(times(20, (writer) => rows.bulkWrite(upserts, { ordered: writer % 2 === 0 })));

    const stored = await rows
      .find({}, { projection: { _id: 0 } })
      .sort({ key: 1 })
      .toArray();
    expect(stored).toEqual(times(10, (key) => ({ key, n: 20 })));
    expect(results.reduce((sum, result) => sum + result.upsertedCount, 0)).toBe(10);
    expect(results.reduce((sum, result) => sum + result.modifiedCount, 0)).toBe(190);
  });

  it('claim each document once', async () => {
    const rows = store.newCollection();
    await rows.insertMany(times(40, (n) => ({ n, state: 'due' })));

    const claimed = await Promise.all(
      times(60, (worker) =>
        rows.findOneAndUpdate(
          { state: 'due' },
          { $set: { state: 'claimed', worker } },
          { sort: { n: 1 }, returnDocument: 'after' },
        ),
      ),
    );

    const numbers = claimed.flatMap((row) => (row === null ? [] : [row['n']]));
    expect(new Set(numbers).size).toBe(40);
    expect(numbers).toHaveLength(40);
  });

  it('create collections and indexes at the same time', async () => {
    const shared = store.newCollection();
    const own = times(12, () => store.newCollection());

    await Promise.all([
      ...own.map((rows) => rows.insertOne({ n: 1 })),
      ...own.map((rows) => rows.createIndex({ n: 1 }, { unique: true })),
      ...times(12, (n) => shared.insertOne({ n })),
      ...times(4, (n) => shared.createIndex({ [`f${n}`]: 1 })),
    ]);

    expect(await shared.countDocuments()).toBe(12);
    expect(await shared.listIndexes().toArray()).toHaveLength(5);
    expect(await Promise.all(own.map((rows) => rows.countDocuments()))).toEqual(Array(12).fill(1));
  });

  it('add to one counter without losing any', async () => {
    const rows = store.newCollection();
    await rows.insertOne({ key: 'k', n: 0 });

    await Promise.all(times(100, () => rows.updateOne({ key: 'k' }, { $inc: { n: 1 } })));

    expect(await rows.findOne({ key: 'k' })).toMatchObject({ n: 100 });
  });
});

describe('large results and batches', () => {
  it('come through a cursor whole and in order', async () => {
    const rows = store.newCollection();
    await rows.insertMany(times(10_000, (n) => ({ n, text: 'x'.repeat(200) })));

    const found: unknown[] = [];
    for await (const row of rows.find().sort({ n: 1 }).batchSize(777)) found.push(row['n']);

    expect(found).toEqual(times(10_000, (n) => n));
    expect(await rows.estimatedDocumentCount()).toBe(10_000);
  });

  it('come through an aggregation cursor, and a cursor that is closed early is gone', async () => {
    const rows = store.newCollection();
    await rows.insertMany(times(2_000, (n) => ({ n, group: n % 1_000 })));

    const groups = await rows
      .aggregate([{ $group: { _id: '$group', sum: { $sum: '$n' } } }, { $sort: { _id: 1 } }])
      .toArray();
    const cursor = rows.find().batchSize(10);
    await cursor.next();
    const { id } = cursor;
    await cursor.close();
    const error = await refusalOf(store.db().command({ getMore: id, collection: rows.collectionName }));

    expect(groups).toHaveLength(1_000);
    expect(groups[999]).toEqual({ _id: 999, sum: 999 + 1_999 });
    expect(error.code).toBe(43);
  });

  it('write 999 of 1,000 when one is a duplicate', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ n: 1 }, { unique: true });
    const inserts = times(1_000, (n) => ({ insertOne: { document: { n: n === 500 ? 499 : n } } }));

    const error = await rows.bulkWrite(inserts, { ordered: false }).catch((failure: unknown) => failure);

    if (!(error instanceof MongoBulkWriteError)) throw new Error(`Not a bulk write error: ${String(error)}`);
    expect(error.insertedCount).toBe(999);
    expect([error.writeErrors].flat()).toHaveLength(1);
    expect([error.writeErrors].flat()[0]).toMatchObject({ code: 11_000, index: 500 });
    expect([error.writeErrors].flat()[0]?.errmsg).toContain('index: n_1 dup key: { n: 499 }');
    expect(await rows.countDocuments()).toBe(999);
  });

  it('stop an ordered batch at its first error', async () => {
    const rows = store.newCollection();
    await rows.createIndex({ n: 1 }, { unique: true });

    const error = await refusalOf(rows.insertMany([{ n: 1 }, { n: 1 }, { n: 2 }]));

    expect(error.code).toBe(11_000);
    expect(await rows.countDocuments()).toBe(1);
  });

  it('hold documents of many megabytes', async () => {
    const rows = store.newCollection();
    const text = 'é'.repeat(4_000_000);

    await rows.insertOne({ text });

    expect((await rows.findOne())?.['text']).toBe(text);
  });
});

describe('a client that vanishes', () => {
  it('does not disturb the others', async () => {
    const rows = store.newCollection();
    const doomed = await new mongo.MongoClient(store.uri).connect();
    const doomedRows = doomed.db(store.name).collection(rows.collectionName);
    const writes = times(6, () => doomedRows.insertMany(times(500, (n) => ({ n, text: 'x'.repeat(500) }))));

    const [outcomes] = await Promise.all([Promise.allSettled(writes), doomed.close(true)]);

    expect(outcomes).toHaveLength(6);
    await rows.insertOne({ n: 'after' });
    expect(await rows.countDocuments({ n: 'after' })).toBe(1);
    // Bad bytes in the middle of a message, too: it announces 1,000 bytes and sends 20
    const { hosts } = store.client().options;
    const [host] = hosts;
    const socket = connect(host?.port ?? 27_017, host?.host ?? '127.0.0.1');
    await once(socket, 'connect');
    socket.write(Buffer.concat([Buffer.from([0xe8, 3, 0, 0]), Buffer.alloc(16)]));
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect(await rows.findOne({ n: 'after' })).toMatchObject({ n: 'after' });
  });
});
