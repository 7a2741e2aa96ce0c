import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import type { Person } from '../people.ts';
import { type CallGraph, type GraphAnswer, errorCode, graphAs, items } from '../testing/app-client.ts';

const adaEmail = 'ada@contoso.example';
const immutable = 'IdType="ImmutableId"';
const inboxDelta = '/me/mailFolders/inbox/messages/delta?$select=subject,isRead';
const archiveDelta = '/me/mailFolders/archive/messages/delta?$select=subject';

interface Round {
  readonly items: Record<string, unknown>[];
  readonly pages: number;
  readonly deltaLink: string;
}

describe('delta', () => {
  let emulator: Emulator;
  let ada: Person;
  let graph: CallGraph;

  beforeEach(async () => {
    emulator = await startEmulator();
    ada = emulator.people.add({ email: adaEmail });
    graph = await graphAs(emulator, adaEmail);
  });
  afterEach(async () => {
    await emulator.close();
  });

  async function round(link: string, pageSize = 50, prefer = immutable): Promise<Round> {
    const found: Record<string, unknown>[] = [];
    let pages = 0;
    let next: unknown = link;
    let answer: GraphAnswer | undefined;
    while (typeof next === 'string') {
      answer = await graph(next, { prefer: `${prefer}, odata.maxpagesize=${pageSize}` });
      expect(answer.status).toBe(200);
      found.push(...items(answer));
      pages += 1;
      next = answer.body['@odata.nextLink'];
    }
    return { items: found, pages, deltaLink: String(answer?.body['@odata.deltaLink']) };
  }

  function deliver(count: number): string[] {
    return Array.from(
      { length: count },
      (_, index) => ada.does.deliver({ from: 'a@b.example', subject: `${index}` }).id,
    );
  }

  it('gives every message in pages, then only what changed', async () => {
    const ids = deliver(25);

    const first = await round(inboxDelta, 10);
    const quiet = await round(first.deltaLink);
    ada.does.markRead(ids[3] ?? '');
    ada.does.markRead(ids[3] ?? '', false);
    ada.does.markRead(ids[3] ?? '');
    const [fresh] = deliver(1);
    const later = await round(quiet.deltaLink);

    expect([first.pages, first.items.map(({ id }) => id)]).toEqual([3, ids]);
    expect(quiet.items).toEqual([]);
    expect(later.items).toMatchObject([
      { id: ids[3], isRead: true },
      { id: fresh, isRead: false },
    ]);
  });

  it('loses nothing that changes while the pages of the first round are read', async () => {
    const ids = deliver(20);

    const page = await graph(inboxDelta, { prefer: `${immutable}, odata.maxpagesize=10` });
    ada.does.markRead(ids[0] ?? '');
    ada.does.delete(ids[1] ?? '');
    ada.does.delete(ids[19] ?? '');
    const rest = await round(String(page.body['@odata.nextLink']), 10);

    const seen = [...items(page), ...rest.items];
    const removed = seen.filter((item) => '@removed' in item).map(({ id }) => id);
    expect(removed).toEqual([ids[1], ids[19]]);
    expect(seen.filter(({ id }) => id === ids[0])).toHaveLength(2);
    expect((await round(rest.deltaLink)).items).toEqual([]);
  });

  it('shows a move as a removal here and an arrival there', async () => {
    const [id = ''] = deliver(1);
    const inbox = await round(inboxDelta);
    const archive = await round(archiveDelta);

    ada.does.move(id, 'archive');

    expect((await round(inbox.deltaLink)).items).toEqual([removalOf(id)]);
    expect((await round(archive.deltaLink)).items).toMatchObject([{ id, subject: '0' }]);
  });

  it('names what was removed by the id that it had, for callers with mutable ids', async () => {
    const { mutableId } = ada.does.deliver({ from: 'a@b.example' });
    const before = mutableId;
    const inbox = await round(inboxDelta, 50, 'x');

    const [only] = ada.mailbox.messages('inbox');
    ada.does.move(only?.id ?? '', 'archive');
    const after = await round(inbox.deltaLink, 50, 'x');

    expect(inbox.items).toMatchObject([{ id: before }]);
    expect(after.items).toMatchObject([{ id: before, '@removed': {} }]);
    expect((await round(archiveDelta, 50, 'x')).items).not.toMatchObject([{ id: before }]);
  });

  it('can show a move as a removal only, and a return as well', async () => {
    const [id = ''] = deliver(1);
    const inbox = await round(inboxDelta);
    const archive = await round(archiveDelta);
    emulator.moves.hiddenArrivalRate = 1;

    ada.does.move(id, 'archive');
    ada.does.move(id, 'inbox');

    expect((await round(inbox.deltaLink)).items).toEqual([removalOf(id)]);
    expect((await round(archive.deltaLink)).items).toMatchObject([{ id, '@removed': {} }]);
    expect((await round(inboxDelta)).items).toMatchObject([{ id, subject: '0' }]); // a first round sees it
  });

  it('reports what is gone for good', async () => {
    const [id = ''] = deliver(1);
    const inbox = await round(inboxDelta);

    ada.does.purge(id);

    expect((await round(inbox.deltaLink)).items).toEqual([removalOf(id)]);
    expect((await graph(`/me/messages/${id}?$select=id`)).status).toBe(404);
  });

  it('freezes the query options of the first request', async () => {
    const start = Date.UTC(2026, 0, 1);
    ada.does.deliver({ from: 'a@b.example', subject: 'old', receivedAtMs: start });
    ada.does.deliver({ from: 'a@b.example', subject: 'new', receivedAtMs: start + 86_400_000 });
    const first = await round(`${inboxDelta}&$filter=receivedDateTime ge 2026-01-02T00:00:00Z`);

    ada.does.deliver({ from: 'a@b.example', subject: 'older', receivedAtMs: start - 1 });
    ada.does.deliver({ from: 'a@b.example', subject: 'newer', receivedAtMs: start + 2 * 86_400_000 });
    const later = await round(first.deltaLink);

    expect(first.items.map(({ subject }) => subject)).toEqual(['new']);
    expect(later.items.map((item) => Object.keys(item))).toEqual([
      ['@odata.type', '@odata.etag', 'id', 'subject', 'isRead'],
    ]);
    expect(later.items.map(({ subject }) => subject)).toEqual(['newer']);
  });

  it('gives at most 5,000 messages to a filtered first round', async () => {
    deliver(5_010);

    const first = await round(`${inboxDelta}&$filter=receivedDateTime ge 2020-01-01T00:00:00Z`, 1_000);

    expect(first.items).toHaveLength(5_000);
    expect((await round(first.deltaLink)).items).toEqual([]);
  });

  it('gives the newest first when asked to, and what changes meanwhile after that', async () => {
    const start = Date.UTC(2026, 0, 1);
    const ids = [3, 1, 6, 2, 5, 4].map(
      (day) => ada.does.deliver({ from: 'a@b.example', subject: `${day}`, receivedAtMs: start + day * 86_400_000 }).id,
    );
    const [three = '', one = '', six = ''] = ids;

    const page = await graph(`${inboxDelta}&$orderby=receivedDateTime desc`, {
      prefer: `${immutable}, odata.maxpagesize=2`,
    });
    ada.does.delete(three);
    ada.does.markRead(one);
    ada.does.markRead(six);
    const fresh = ada.does.deliver({ from: 'a@b.example', subject: 'fresh' }).id;
    const rest = await round(String(page.body['@odata.nextLink']), 2);

    expect(items(page).map(({ subject }) => subject)).toEqual(['6', '5']);
    expect(rest.items.slice(0, 2).map(({ subject }) => subject)).toEqual(['4', '2']);
    expect(rest.items.slice(2).map(({ id }) => id)).toEqual([three, one, six, fresh]);
    expect((await round(rest.deltaLink)).items).toEqual([]);
  });

  it.each(['receivedDateTime asc', 'receivedDateTime', 'subject desc'])('refuses the order %s', async (order) => {
    expect((await graph(`${inboxDelta}&$orderby=${order}`)).status).toBe(400);
  });

  it('takes only a filter on receivedDateTime', async () => {
    expect((await graph(`${inboxDelta}&$filter=isRead eq false`)).status).toBe(400);
  });

  it.each(['syncStateNotFound', 'resyncRequired'] as const)(
    'answers 410 %s to a token that was dropped',
    async (code) => {
      const first = await round(inboxDelta);
      emulator.delta.goneCode = code;

      ada.mailbox.deltaEpoch += 1;
      const gone = await graph(first.deltaLink);

      expect([gone.status, errorCode(gone)]).toEqual([410, code]);
      expect((await graph(inboxDelta)).status).toBe(200);
    },
  );

  it('answers 410 to a token that is too old, and 400 to one of another folder', async () => {
    const first = await round(inboxDelta);
    const token = new URL(first.deltaLink).searchParams.get('$deltatoken') ?? '';

    const elsewhere = await graph(`/me/mailFolders/archive/messages/delta?$deltatoken=${token}`);
    emulator.clock.advance(31 * 24 * 3_600_000);
    const later = await graphAs(emulator, adaEmail);

    expect(elsewhere.status).toBe(400);
    expect((await later(first.deltaLink)).status).toBe(410);
  });

  it('tells of folders that are made, renamed and deleted', async () => {
    const first = await round('/me/mailFolders/delta?$select=displayName');
    const kept = ada.does.createFolder('Kept');
    const gone = ada.does.createFolder('Gone');
    ada.does.renameFolder('Kept', 'Kept on');
    const { id } = ada.does.deliver({ from: 'a@b.example', folder: 'Gone' });
    ada.does.deleteFolder(gone.id);

    const later = await round(first.deltaLink);

    expect(first.items).toHaveLength(7);
    expect(Object.keys(later.items[0] ?? {})).toEqual(['@odata.type', 'id', 'displayName']);
    expect(later.items).toMatchObject([
      { id: kept.id, displayName: 'Kept on' },
      { id: gone.id, '@removed': {} },
    ]);
    expect(ada.mailbox.get(id).folderId).toBe(ada.mailbox.folders.get('deleteditems').id);
  });
});

function removalOf(id: string): Record<string, unknown> {
  return { '@odata.type': '#microsoft.graph.message', id, '@removed': { reason: 'deleted' } };
}
