import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../../src/lib/durations.ts';
import { MessageState, models } from '../../../../src/models/index.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { SyncFixture } from './sync-fixture.ts';

const from = 'news@letters.example';

useTestDatabase(models);
let fixture: SyncFixture;
beforeEach(async () => {
  fixture = await SyncFixture.start(['Receipts', 'Projects']);
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

function deliver(subject: string, folder = 'inbox', ageDays = 0): string {
  const receivedAtMs = Date.now() - hourMs - ageDays * dayMs;
  return fixture.person.does.deliver({ from, subject, folder, receivedAtMs }).id;
}

describe('a mailbox of which one link is refused', () => {
  it('does not lose mail that left the folder meanwhile, and that the other folder does not list', async () => {
    deliver('known');
    await fixture.sync();
    fixture.emulator.moves.hiddenArrivalRate = 1;
    const { id } = fixture.person.does.deliver({ from, subject: 'new' });
    fixture.person.does.move(id, 'Projects');
    const refusal = { kind: 'error', status: 410, code: 'syncStateNotFound', target: 'graph', times: 1 } as const;
    const refused = fixture.emulator.faults.add({ ...refusal, path: '/messages/delta' });

    await fixture.sync();

    expect(refused()).toBe(1);

    expect(await fixture.ledger()).toMatchObject([
      { subject: 'known', type: 'arrived', to: 'Inbox' },
      { subject: 'new', type: 'arrived', to: 'Projects' },
    ]);
  });
});

describe('a mailbox whose links have expired', () => {
  it('is read anew without inventing anything, and what happened meanwhile is found', async () => {
    const [kept = '', moved = '', hidden = '', purged = '', read = ''] = [
      'kept',
      'moved',
      'hidden',
      'purged',
      'read',
    ].map((subject) => deliver(subject));
    await fixture.sync();
    const { does, mailbox } = fixture.person;

    does.move(moved, 'Receipts');
    fixture.emulator.moves.hiddenArrivalRate = 1;
    does.move(hidden, 'Projects');
    does.purge(purged);
    does.markRead(read);
    mailbox.deltaEpoch += 1;
    const [report] = await fixture.sync();

    expect(report).toMatchObject({ outcome: 'finished', events: 4 });
    expect((await fixture.ledger()).filter(({ type }) => type !== 'arrived')).toMatchObject([
      { subject: 'hidden', type: 'moved', from: 'Inbox', to: 'Projects', occurrences: 1 },
      { subject: 'moved', type: 'moved', from: 'Inbox', to: 'Receipts', occurrences: 1 },
      { subject: 'purged', type: 'disappeared', from: 'Inbox', occurrences: 1 },
      { subject: 'read', type: 'read', occurrences: 1 },
    ]);
    expect(await fixture.places()).toEqual({
      [kept]: 'Inbox',
      [moved]: 'Receipts',
      [hidden]: 'Projects',
      [purged]: null,
      [read]: 'Inbox',
    });
    expect((await fixture.row()).fullRounds).toEqual({});
  });

  it('begins its folder again when that happens in the middle of reading it', async () => {
    fixture.pageSize = 2;
    const ids = Array.from({ length: 7 }, (_, index) => deliver(`${index}`, 'inbox', index));

    await fixture.syncOnce({ budgetMs: 0 });
    fixture.person.does.purge(ids[0] ?? '');
    fixture.person.mailbox.deltaEpoch += 1;
    await fixture.sync({ budgetMs: 0 });

    const ledger = await fixture.ledger();
    expect(ledger.filter(({ type }) => type === 'arrived')).toHaveLength(7);
    expect(ledger.filter(({ type }) => type !== 'arrived')).toMatchObject([{ subject: '0', type: 'disappeared' }]);
    expect(Object.values(await fixture.places()).filter((place) => place === null)).toHaveLength(1);
  });

  it('reads again by id only what the folder did not show', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => deliver(`${index}`));
    await fixture.sync();
    fixture.person.does.purge(ids[3] ?? '');
    fixture.person.mailbox.deltaEpoch += 1;

    const [report] = await fixture.sync();

    // folders twice, each folder twice, two looks at a message, and the list of what came meanwhile
    expect(report?.requests).toBeLessThanOrEqual(2 + 2 * 6 + 2 + 1 + 2);
    expect(report).toMatchObject({ events: 1, changed: 1 });
    expect(await MessageState.countDocuments({ mailboxId: fixture.mailboxId })).toBe(30);
  });
});

describe('moves that another folder shows', () => {
  it('are not read by id: neither as changes, nor when everything is read anew', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => deliver(String(index)));
    await fixture.sync();
    const foldersAndPages = 1 + 6;

    for (const id of ids.slice(0, 30)) fixture.person.does.move(id, 'Receipts');
    const [changes] = await fixture.sync();
    for (const id of ids.slice(30)) fixture.person.does.move(id, 'Receipts');
    fixture.person.mailbox.deltaEpoch += 1;
    const [anew] = await fixture.sync();

    expect(changes).toMatchObject({ events: 30, requests: foldersAndPages + 1 });
    expect(anew).toMatchObject({ events: 30, requests: 2 * foldersAndPages + 1 + 1 });
    expect(Object.values(await fixture.places())).toEqual(ids.map(() => 'Receipts'));
  });
});

describe('a folder', () => {
  it('that is made is read from then on', async () => {
    const id = deliver('filed');
    await fixture.sync();

    fixture.person.does.createFolder('Travel');
    fixture.person.does.move(id, 'Travel');
    deliver('straight in', 'Travel');
    await fixture.sync();
    fixture.person.does.markRead(id);
    await fixture.sync();

    expect(await fixture.ledger()).toMatchObject([
      { subject: 'filed', type: 'arrived', to: 'Inbox' },
      { subject: 'filed', type: 'moved', to: 'Travel' },
      { subject: 'filed', type: 'read' },
      { subject: 'straight in', type: 'arrived', to: 'Travel' },
    ]);
    expect((await fixture.row()).folders.map(({ displayName }) => displayName)).toContain('Travel');
  });

  it.each([0, 1])('that is deleted takes its mail to Deleted Items, hidden at a rate of %d', async (rate) => {
    const id = deliver('filed', 'Receipts');
    const folder = fixture.folderId('Receipts');
    await fixture.sync();

    fixture.emulator.moves.hiddenArrivalRate = rate;
    fixture.person.does.deleteFolder('Receipts');
    await fixture.sync();

    const row = await fixture.row();
    expect(await fixture.ledger()).toMatchObject([{ type: 'arrived' }, { subject: 'filed', type: 'deleted' }]);
    expect(await fixture.places()).toEqual({ [id]: 'Deleted Items' });
    expect(row.folders.map(({ displayName }) => displayName)).not.toContain('Receipts');
    expect(row.deltaLinks).not.toHaveProperty(folder);
    expect(row.fullRounds).toEqual({});
  });

  it('that is deleted after the folders were read is looked after at once', async () => {
    fixture.emulator.moves.hiddenArrivalRate = 1;
    const id = deliver('filed', 'Receipts');
    await fixture.sync();
    fixture.pageSize = 1;
    for (let index = 0; index < 4; index += 1) deliver(`${index}`);

    await fixture.syncOnce({ budgetMs: 0 });
    fixture.person.does.deleteFolder('Receipts');
    await fixture.sync({ budgetMs: 0 });

    expect((await fixture.places())[id]).toBe('Deleted Items');
    expect((await fixture.ledger()).filter(({ type }) => type === 'deleted')).toHaveLength(1);
  });

  it('that cannot be read does not keep the others from being read', async () => {
    deliver('filed', 'Receipts');
    deliver('in the inbox');
    fixture.emulator.faults.add({ kind: 500, target: 'graph', path: encodeURIComponent(fixture.folderId('inbox')) });

    await expect(fixture.sync()).rejects.toMatchObject({ status: 500 });
    const meanwhile = await fixture.ledger();
    const failed = await fixture.row();
    fixture.emulator.faults.clear();
    const [report] = await fixture.sync();

    expect(meanwhile).toMatchObject([{ subject: 'filed' }]);
    expect(failed.syncLease).toBeUndefined();
    expect(failed.lastSyncAt).toBeUndefined();
    expect(report?.outcome).toBe('finished');
    expect(await fixture.ledger()).toHaveLength(2);
  });
});

describe('what Graph answers', () => {
  it('in part only is read by id', async () => {
    const id = deliver('hello');
    await fixture.sync();
    fixture.person.does.markRead(id);
    fixture.person.does.flag(id);

    fixture.emulator.delta.isTerse = true;
    await fixture.sync();

    expect((await fixture.ledger()).map(({ type }) => type)).toEqual(['arrived', 'flagged', 'read']);
  });

  it('with throttling ends the job, which may come back when Graph says', async () => {
    deliver('hello');
    fixture.emulator.faults.add({
      kind: 429,
      target: 'graph',
      times: 1,
      path: 'messages/delta',
      retryAfterSeconds: 120,
    });

    const throttled = await fixture.syncOnce();
    const later = await fixture.syncOnce();

    expect(throttled).toMatchObject({ outcome: 'throttled', retryAfterMs: expect.any(Number) });
    expect(throttled.retryAfterMs).toBeGreaterThan(100_000);
    expect(later.outcome).toMatch(/throttled|finished/);
    expect((await fixture.row()).syncLease).toBeUndefined();
  });

  it('survives faults of every kind', async () => {
    fixture.pageSize = 3;
    const ids = Array.from({ length: 20 }, (_, index) => deliver(`${index}`, 'inbox', index));
    for (const kind of [503, 'reset', 500, 504, 429] as const) {
      fixture.emulator.faults.add({ kind, target: 'graph', rate: 0.1, retryAfterSeconds: 1 });
    }

    await expect.poll(async () => (await fixture.syncOnce().catch(() => undefined))?.outcome).toBe('finished');

    expect(Object.keys(await fixture.places()).toSorted()).toEqual(ids.toSorted());
    expect(await fixture.ledger()).toHaveLength(20);
  });
});
