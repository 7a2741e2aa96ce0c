import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../../src/lib/durations.ts';
import { buildIndexes, MessageState, models } from '../../../../src/models/index.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { SyncWorld } from './sync-world.ts';

const from = 'news@letters.example';

let database: TestDatabase;
let world: SyncWorld;
beforeAll(async () => {
  database = await connectTestDatabase();
  await buildIndexes(models, recordIndexLog());
});
afterAll(async () => {
  await database.drop();
});
beforeEach(async () => {
  world = await SyncWorld.start(['Receipts', 'Projects']);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

function deliver(subject: string, folder = 'inbox', ageDays = 0): string {
  const receivedAtMs = Date.now() - hourMs - ageDays * dayMs;
  return world.person.does.deliver({ from, subject, folder, receivedAtMs }).id;
}

describe('a mailbox whose links have expired', () => {
  it('is read anew without inventing anything, and what happened meanwhile is found', async () => {
    const [kept = '', moved = '', hidden = '', purged = '', read = ''] = [
      'kept',
      'moved',
      'hidden',
      'purged',
      'read',
    ].map((subject) => deliver(subject));
    await world.sync();
    const { does, mailbox } = world.person;

    does.move(moved, 'Receipts');
    world.emulator.moves.hiddenArrivalRate = 1;
    does.move(hidden, 'Projects');
    does.purge(purged);
    does.markRead(read);
    mailbox.deltaEpoch += 1;
    const [report] = await world.sync();

    expect(report).toMatchObject({ outcome: 'finished', events: 4 });
    expect((await world.ledger()).filter(({ type }) => type !== 'arrived')).toMatchObject([
      { subject: 'hidden', type: 'moved', from: 'Inbox', to: 'Projects', occurrences: 1 },
      { subject: 'moved', type: 'moved', from: 'Inbox', to: 'Receipts', occurrences: 1 },
      { subject: 'purged', type: 'deleted', from: 'Inbox', occurrences: 1 },
      { subject: 'read', type: 'read', occurrences: 1 },
    ]);
    expect(await world.places()).toEqual({
      [kept]: 'Inbox',
      [moved]: 'Receipts',
      [hidden]: 'Projects',
      [purged]: null,
      [read]: 'Inbox',
    });
    expect((await world.row()).fullRounds).toEqual({});
  });

  it('begins its folder again when that happens in the middle of a round', async () => {
    world.pageSize = 2;
    const ids = Array.from({ length: 7 }, (_, index) => deliver(`${index}`, 'inbox', index));

    await world.syncOnce({ budgetMs: 0 });
    world.person.does.purge(ids[0] ?? '');
    world.person.mailbox.deltaEpoch += 1;
    await world.sync({ budgetMs: 0 });

    const ledger = await world.ledger();
    expect(ledger.filter(({ type }) => type === 'arrived')).toHaveLength(7);
    expect(ledger.filter(({ type }) => type !== 'arrived')).toMatchObject([{ subject: '0', type: 'deleted' }]);
    expect(Object.values(await world.places()).filter((place) => place === null)).toHaveLength(1);
  });

  it('reads again by id only what the folder did not show', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => deliver(`${index}`));
    await world.sync();
    world.person.does.purge(ids[3] ?? '');
    world.person.mailbox.deltaEpoch += 1;

    const [report] = await world.sync();

    // folders twice, each folder twice, and one look at a message
    expect(report?.requests).toBeLessThanOrEqual(2 + 2 * 6 + 1 + 2);
    expect(report).toMatchObject({ events: 1, changed: 1 });
    expect(await MessageState.countDocuments({ mailboxId: world.mailboxId })).toBe(30);
  });
});

describe('moves that another folder shows', () => {
  it('are not read by id: neither as changes, nor when everything is read anew', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => deliver(String(index)));
    await world.sync();
    const foldersAndPages = 1 + 6;

    for (const id of ids.slice(0, 30)) world.person.does.move(id, 'Receipts');
    const [changes] = await world.sync();
    for (const id of ids.slice(30)) world.person.does.move(id, 'Receipts');
    world.person.mailbox.deltaEpoch += 1;
    const [anew] = await world.sync();

    expect(changes).toMatchObject({ events: 30, requests: foldersAndPages + 1 });
    expect(anew).toMatchObject({ events: 30, requests: 2 * foldersAndPages + 1 });
    expect(Object.values(await world.places())).toEqual(ids.map(() => 'Receipts'));
  });
});

describe('a folder', () => {
  it('that is made is read from then on', async () => {
    const id = deliver('filed');
    await world.sync();

    world.person.does.createFolder('Travel');
    world.person.does.move(id, 'Travel');
    deliver('straight in', 'Travel');
    await world.sync();
    world.person.does.markRead(id);
    await world.sync();

    expect(await world.ledger()).toMatchObject([
      { subject: 'filed', type: 'arrived', to: 'Inbox' },
      { subject: 'filed', type: 'moved', to: 'Travel' },
      { subject: 'filed', type: 'read' },
      { subject: 'straight in', type: 'arrived', to: 'Travel' },
    ]);
    expect((await world.row()).folders.map(({ displayName }) => displayName)).toContain('Travel');
  });

  it.each([0, 1])('that is deleted takes its mail to Deleted Items, hidden at a rate of %d', async (rate) => {
    const id = deliver('filed', 'Receipts');
    const folder = world.folderId('Receipts');
    await world.sync();

    world.emulator.moves.hiddenArrivalRate = rate;
    world.person.does.deleteFolder('Receipts');
    await world.sync();

    const row = await world.row();
    expect(await world.ledger()).toMatchObject([{ type: 'arrived' }, { subject: 'filed', type: 'deleted' }]);
    expect(await world.places()).toEqual({ [id]: 'Deleted Items' });
    expect(row.folders.map(({ displayName }) => displayName)).not.toContain('Receipts');
    expect(row.deltaLinks).not.toHaveProperty(folder);
    expect(row.fullRounds).toEqual({});
  });

  it('that is deleted after the folders were read is looked after at once', async () => {
    world.emulator.moves.hiddenArrivalRate = 1;
    const id = deliver('filed', 'Receipts');
    await world.sync();
    world.pageSize = 1;
    for (let index = 0; index < 4; index += 1) deliver(`${index}`);

    await world.syncOnce({ budgetMs: 0 });
    world.person.does.deleteFolder('Receipts');
    await world.sync({ budgetMs: 0 });

    expect((await world.places())[id]).toBe('Deleted Items');
    expect((await world.ledger()).filter(({ type }) => type === 'deleted')).toHaveLength(1);
  });

  it('that cannot be read does not keep the others from being read', async () => {
    deliver('filed', 'Receipts');
    deliver('in the inbox');
    world.emulator.faults.add({ kind: 500, target: 'graph', path: encodeURIComponent(world.folderId('inbox')) });

    await expect(world.sync()).rejects.toMatchObject({ status: 500 });
    const meanwhile = await world.ledger();
    const failed = await world.row();
    world.emulator.faults.clear();
    const [report] = await world.sync();

    expect(meanwhile).toMatchObject([{ subject: 'filed' }]);
    expect(failed.syncLease).toBeUndefined();
    expect(failed.lastSyncAt).toBeUndefined();
    expect(report?.outcome).toBe('finished');
    expect(await world.ledger()).toHaveLength(2);
  });
});

describe('what Graph answers', () => {
  it('in part only is read by id', async () => {
    const id = deliver('hello');
    await world.sync();
    world.person.does.markRead(id);
    world.person.does.flag(id);

    world.emulator.delta.isTerse = true;
    await world.sync();

    expect((await world.ledger()).map(({ type }) => type)).toEqual(['arrived', 'flagged', 'read']);
  });

  it('with throttling ends the job, which may come back when Graph says', async () => {
    deliver('hello');
    world.emulator.faults.add({ kind: 429, target: 'graph', times: 1, path: 'messages/delta', retryAfterSeconds: 120 });

    const throttled = await world.syncOnce();
    const later = await world.syncOnce();

    expect(throttled).toMatchObject({ outcome: 'throttled', retryAfterMs: expect.any(Number) });
    expect(throttled.retryAfterMs).toBeGreaterThan(100_000);
    expect(later.outcome).toMatch(/throttled|finished/);
    expect((await world.row()).syncLease).toBeUndefined();
  });

  it('survives faults of every kind', async () => {
    world.pageSize = 3;
    const ids = Array.from({ length: 20 }, (_, index) => deliver(`${index}`, 'inbox', index));
    for (const kind of [503, 'reset', 500, 504, 429] as const) {
      world.emulator.faults.add({ kind, target: 'graph', rate: 0.1, retryAfterSeconds: 1 });
    }

    await expect.poll(async () => (await world.syncOnce().catch(() => undefined))?.outcome).toBe('finished');

    expect(Object.keys(await world.places()).toSorted()).toEqual(ids.toSorted());
    expect(await world.ledger()).toHaveLength(20);
  });
});
