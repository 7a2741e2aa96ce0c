import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../../../src/lib/durations.ts';
import { models } from '../../../../src/models/index.ts';
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

describe('a first synchronization', () => {
  it('records what it finds as arrived where it rests, and nothing else', async () => {
    deliver('in the inbox');
    deliver('filed', 'Receipts');
    deliver('junk', 'junkemail');
    deliver('thrown away', 'deleteditems');
    deliver('sent', 'sentitems');
    deliver('being written', 'drafts');

    const [report] = await fixture.sync();

    expect(report).toMatchObject({ outcome: 'finished', messages: 4, events: 4, failedFolders: 0 });
    expect(await fixture.ledger()).toEqual([
      { subject: 'filed', type: 'arrived', to: 'Receipts', occurrences: 1 },
      { subject: 'in the inbox', type: 'arrived', to: 'Inbox', occurrences: 1 },
      { subject: 'junk', type: 'arrived', to: 'Junk Email', occurrences: 1 },
      { subject: 'thrown away', type: 'arrived', to: 'Deleted Items', occurrences: 1 },
    ]);
  });

  it('makes no event of mail from before the days that count, but knows where it is', async () => {
    const old = deliver('old', 'inbox', 31);
    deliver('young', 'inbox', 29);

    await fixture.sync();
    const firstLedger = await fixture.ledger();
    fixture.person.does.move(old, 'Receipts');
    await fixture.sync();

    expect(firstLedger).toMatchObject([{ subject: 'young' }]);
    expect(await fixture.ledger()).toMatchObject([
      { subject: 'old', type: 'moved', from: 'Inbox', to: 'Receipts' },
      { subject: 'young', type: 'arrived' },
    ]);
  });

  it('takes the newest first, a page at a time when time is short, and shows how far it is', async () => {
    fixture.pageSize = 1;
    const ids = [4, 0, 3, 1, 2].map((age) => deliver(`${age} days old`, 'inbox', age));

    const first = await fixture.syncOnce({ budgetMs: 0 });
    const subjects = (await fixture.ledger()).map(({ subject }) => subject);
    const between = await fixture.row();
    const rest = await fixture.sync({ budgetMs: 0 });

    expect(first.outcome).toBe('unfinished');
    expect(subjects).toEqual(['0 days old']);
    expect(between.syncProgress).toMatchObject({ foldersTotal: 6, messagesSeen: 1, startedAt: expect.any(Date) });
    expect(between.syncProgress?.finishedAt).toBeUndefined();
    expect(between.lastSyncAt).toBeUndefined();
    expect(rest.length).toBeGreaterThan(2);
    expect(Object.keys(await fixture.places()).toSorted()).toEqual(ids.toSorted());
    expect((await fixture.row()).syncProgress).toMatchObject({
      foldersTotal: 6,
      foldersDone: 6,
      messagesSeen: 5,
      finishedAt: expect.any(Date),
    });
  });

  it('of thousands of messages takes one request a page, and another look costs one a folder', async () => {
    const ids = Array.from({ length: 3_000 }, (_, index) => deliver(String(index), 'inbox', index / 1_000));

    const [first] = await fixture.sync();
    const [quiet] = await fixture.sync();

    // one for the folders, two for their names, one for each of the five other folders that are read
    expect(first).toMatchObject({ events: ids.length, requests: 1 + 2 + 15 + 5 });
    expect(quiet).toMatchObject({ events: 0, changed: 0, requests: 1 + 6 });
    expect(Object.keys(await fixture.places())).toHaveLength(ids.length);
  });

  it('leaves the mailbox with its folders, a link for each, and the time of the next synchronization', async () => {
    const before = Date.now();

    await fixture.sync();

    const row = await fixture.row();
    const kinds = Object.fromEntries(row.folders.map(({ displayName, kind }) => [displayName, kind]));
    expect(kinds).toEqual({
      Inbox: 'inbox',
      Archive: 'archive',
      Drafts: 'drafts',
      Outbox: 'outbox',
      Projects: undefined,
      Receipts: undefined,
      'Deleted Items': 'deleted',
      'Junk Email': 'junk',
      'Sent Items': 'sent',
    });
    expect(Object.keys(row.deltaLinks)).toHaveLength(7);
    expect(Object.values(row.deltaLinks).every((link) => String(link).includes('$deltatoken='))).toBe(true);
    expect(row.fullRounds).toEqual({});
    expect(row.syncLease).toBeUndefined();
    const second = Math.floor(before / 1000) * 1000; // Graph tells times to the second
    expect(row.watchedSince?.getTime()).toBeGreaterThanOrEqual(second);
    expect(row.lastSyncAt?.getTime()).toBeGreaterThanOrEqual(row.watchedSince?.getTime() ?? Infinity);
    expect((row.nextSyncAt?.getTime() ?? 0) - before).toBeGreaterThan(13 * minuteMs);
  });
});

describe.each([0, 0.5, 1])('moves that delta hides at a rate of %d', (rate) => {
  beforeEach(async () => {
    fixture.emulator.moves.hiddenArrivalRate = rate;
  });

  it('are found as they end, from where the message was known to be', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => deliver(String(index).padStart(2, '0')));
    await fixture.sync();
    const { does } = fixture.person;

    for (const id of ids.slice(0, 4)) does.move(id, 'Receipts');
    for (const id of ids.slice(4, 8)) does.move(does.move(id, 'Receipts').id, 'Projects');
    for (const id of ids.slice(8, 10)) does.move(does.move(id, 'Receipts').id, 'inbox');
    for (const id of ids.slice(10)) does.purge(id);
    await fixture.sync();
    await fixture.sync();

    const moved = (await fixture.ledger()).filter(({ type }) => type !== 'arrived');
    expect(moved.map(({ subject, type, to, occurrences }) => [subject, type, to, occurrences])).toEqual([
      ...['00', '01', '02', '03'].map((subject) => [subject, 'moved', 'Receipts', 1]),
      ...['04', '05', '06', '07'].map((subject) => [subject, 'moved', 'Projects', 1]),
      ...['10', '11'].map((subject) => [subject, 'disappeared', undefined, 1]),
    ]);
    const whereabouts = ids.map((id) => [id, nameOf(fixture.person.mailbox.find(id)?.folderId ?? null)]);
    expect(await fixture.places()).toEqual(Object.fromEntries(whereabouts));
  });

  it('are counted once each, cycle by cycle', async () => {
    const id = deliver('wanderer');
    await fixture.sync();

    for (const folder of ['Receipts', 'Projects', 'inbox', 'archive']) {
      fixture.person.does.move(id, folder);
      await fixture.sync();
    }

    expect((await fixture.ledger()).filter(({ type }) => type === 'moved')).toEqual([
      { subject: 'wanderer', type: 'moved', from: 'Inbox', to: 'Archive', occurrences: 4 },
    ]);
  });

  it('of messages that nobody has seen yet do not hide the message', async () => {
    await fixture.sync();
    const id = deliver('quick');

    fixture.person.does.move(id, 'Receipts');
    await fixture.sync();

    expect(await fixture.ledger()).toEqual([{ subject: 'quick', type: 'arrived', to: 'Receipts', occurrences: 1 }]);
  });

  it('while the first pages are read lose nothing', async () => {
    fixture.pageSize = 2;
    const ids = Array.from({ length: 8 }, (_, index) => deliver(`${index}`, index < 4 ? 'inbox' : 'archive', index));

    await fixture.syncOnce({ budgetMs: 0 });
    for (const id of ids) fixture.person.does.move(id, 'Receipts');
    await fixture.sync({ budgetMs: 0 });
    await fixture.sync();

    expect(Object.values(await fixture.places())).toEqual(ids.map(() => 'Receipts'));
    expect(await fixture.ledger()).toHaveLength(ids.length + (await movedSubjects()).length);
  });
});

function nameOf(folderId: string | null): string | null {
  return folderId === null ? null : fixture.person.mailbox.folders.get(folderId).displayName;
}

async function movedSubjects(): Promise<string[]> {
  return (await fixture.ledger()).filter(({ type }) => type === 'moved').map(({ subject }) => subject);
}
