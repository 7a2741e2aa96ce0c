import type { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { refusalOf, times, useDatabase } from './gateway-database.ts';

/** What the service needs of the queries and errors of a MongoDB 7, whichever server stands behind the URI. */
const store = useDatabase('reading');

describe('$dateTrunc', () => {
  /** A Wednesday, and a Sunday in another quarter. */
  const dates = [new Date('2024-02-28T13:45:59.123Z'), new Date('2023-12-31T23:30:00.000Z'), null];

  async function truncated(options: mongo.Document): Promise<unknown[]> {
    const rows = store.newCollection();
    await rows.insertMany(dates.map((at, order) => ({ at, order })));
    const pipeline = [{ $sort: { order: 1 } }, { $project: { to: { $dateTrunc: { date: '$at', ...options } } } }];
    const found = await rows.aggregate(pipeline).toArray();
    return found.map(({ to }) => (to instanceof Date ? to.toISOString().slice(0, 16) : to));
  }

  it.each([
    [{ unit: 'hour' }, ['2024-02-28T13:00', '2023-12-31T23:00', null]],
    [{ unit: 'day' }, ['2024-02-28T00:00', '2023-12-31T00:00', null]],
    [{ unit: 'day', timezone: 'Europe/Vienna' }, ['2024-02-27T23:00', '2023-12-31T23:00', null]],
    [{ unit: 'week' }, ['2024-02-25T00:00', '2023-12-31T00:00', null]],
    [{ unit: 'week', startOfWeek: 'monday' }, ['2024-02-26T00:00', '2023-12-25T00:00', null]],
    [{ unit: 'month' }, ['2024-02-01T00:00', '2023-12-01T00:00', null]],
    [{ unit: 'quarter' }, ['2024-01-01T00:00', '2023-10-01T00:00', null]],
    [{ unit: 'year' }, ['2024-01-01T00:00', '2023-01-01T00:00', null]],
  ])('truncates by %j', async (options, expected) => {
    expect(await truncated(options)).toEqual(expected);
  });

  it('works in an update with a pipeline', async () => {
    const rows = store.newCollection();
    await rows.insertOne({ at: dates[0] });

    await rows.updateOne({}, [{ $set: { day: { $dateTrunc: { date: '$at', unit: 'day' } } } }]);

    expect((await rows.findOne())?.['day']).toEqual(new Date('2024-02-28T00:00:00.000Z'));
  });

  it('is left alone as data', async () => {
    const rows = store.newCollection();
    await rows.insertOne({ note: { text: '$dateTrunc', unit: 'day' } });

    expect(await rows.findOne({ 'note.text': '$dateTrunc' })).toMatchObject({ note: { unit: 'day' } });
  });
});

describe('explain', () => {
  it('names the index of a find, and a scan without one', async () => {
    const rows = store.newCollection();
    await rows.insertMany(times(500, (n) => ({ n, mailbox: n % 50, other: n })));
    await rows.createIndex({ mailbox: 1, n: -1 });

    const withIndex = JSON.stringify(await rows.find({ mailbox: 3 }).sort({ n: -1 }).explain());
    const without = JSON.stringify(await rows.find({ other: 3 }).explain());

    expect(withIndex).toContain('"indexName":"mailbox_1_n_-1"');
    expect(without).toContain('"COLLSCAN"');
    expect(without).not.toContain('"IXSCAN"');
  });

  it('names the index of an aggregation', async () => {
    const rows = store.newCollection();
    await rows.insertMany(times(500, (n) => ({ n, mailbox: n % 50 })));
    await rows.createIndex({ mailbox: 1 });

    const plan = await rows.aggregate([{ $match: { mailbox: 3 } }, { $count: 'n' }]).explain('queryPlanner');

    expect(JSON.stringify(plan)).toContain('"indexName":"mailbox_1"');
  });
});

describe('refusals', () => {
  it('name a command that does not exist', async () => {
    const error = await refusalOf(store.db().command({ fly: 1 }));

    expect(error).toMatchObject({ code: 59, codeName: 'CommandNotFound', message: "no such command: 'fly'" });
  });

  it('say which operator is wrong', async () => {
    const rows = store.newCollection();
    await rows.insertOne({ n: 'text' });

    const unknown = await refusalOf(rows.find({ n: { $near0: 1 } }).toArray());
    const wrongType = await refusalOf(rows.updateOne({}, { $inc: { n: 1 } }));

    expect(unknown).toMatchObject({ code: 2, codeName: 'BadValue' });
    expect(wrongType).toMatchObject({ code: 14 });
  });

  it('keep _id as it is', async () => {
    const rows = store.newCollection();
    await rows.insertOne({ n: 1 });

    const error = await refusalOf(rows.updateOne({ n: 1 }, { $set: { _id: 2 } }));

    expect(error).toMatchObject({ code: 66 });
  });

  it('end a query that takes longer than maxTimeMS', async () => {
    const rows = store.newCollection();
    await rows.insertMany(times(3_000, (n) => ({ n })));
    const sum = { $reduce: { input: { $range: [0, 5_000] }, initialValue: 0, in: { $add: ['$$value', '$$this'] } } };

    const error = await refusalOf(rows.find({ $expr: { $lt: [sum, 0] } }, { maxTimeMS: 50 }).toArray());

    expect(error).toMatchObject({ code: 50, codeName: 'MaxTimeMSExpired' });
  });
});

describe('collections', () => {
  it('are listed, renamed, counted and dropped', async () => {
    const rows = store.newCollection();
    await rows.insertMany([{ n: 1 }, { n: 2 }, { n: 2 }]);

    const renamed = await rows.rename(`${rows.collectionName}_renamed`);
    const names = (await store.db().listCollections().toArray()).map(({ name }) => name);

    expect(names).toContain(`${rows.collectionName}_renamed`);
    expect(names).not.toContain(rows.collectionName);
    expect(await renamed.distinct('n')).toEqual([1, 2]);
    expect(await renamed.estimatedDocumentCount()).toBe(3);
    expect(await renamed.drop()).toBe(true);
    expect(await store.db().listCollections({ name: renamed.collectionName }).toArray()).toEqual([]);
  });

  it('tell their size, and databases their names', async () => {
    const rows = store.newCollection();
    await rows.insertMany(times(10, (n) => ({ n })));

    const collStats = await store.db().command({ collStats: rows.collectionName });
    const dbStats = await store.db().command({ dbStats: 1 });
    const listed = await store.db().admin().listDatabases();

    expect(collStats).toMatchObject({ ns: rows.namespace, count: 10, nindexes: 1, ok: 1 });
    expect(dbStats).toMatchObject({ db: store.name, ok: 1 });
    expect(listed.databases.map(({ name }) => name)).toContain(store.name);
  });
});
