import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import type { Person } from '../people.ts';
import { control } from '../testing/control-client.ts';
import { type CallGraph, errorCode, graphAs, items } from '../testing/app-client.ts';

const adaEmail = 'ada@contoso.example';
const dayMs = 24 * 60 * 60_000;
const inboxDelta = '/me/mailFolders/inbox/messages/delta?$select=subject,isRead';

describe('what disappears', () => {
  let emulator: Emulator;
  let ada: Person;
  let graph: CallGraph;

  beforeEach(async () => {
    emulator = await startEmulator();
    ada = emulator.people.add({ email: adaEmail, folders: ['Receipts'] });
    graph = await graphAs(emulator, adaEmail);
  });
  afterEach(async () => {
    await emulator.close();
  });

  const deliver = (folder = 'inbox') => ada.does.deliver({ from: 'a@b.example', folder }).id;
  const act = (body: unknown) => control(emulator, 'POST', `/people/${adaEmail}/actions`, body);
  const burst = (body: unknown) => control(emulator, 'POST', `/people/${adaEmail}/bursts`, body);

  async function parentOf(id: string): Promise<string> {
    const { status, body } = await graph(`/me/messages/${id}?$select=parentFolderId`);
    expect(status).toBe(200);
    return String(body['parentFolderId']);
  }

  /** Names of the folders from one up to where the chain of parents ends. */
  async function chain(folderId: string): Promise<unknown[]> {
    const names: unknown[] = [];
    let next: unknown = folderId;
    while (typeof next === 'string') {
      const { body } = await graph(`/me/mailFolders/${next}?$select=id,displayName,parentFolderId`);
      names.push(body['displayName']);
      next = body['parentFolderId'];
    }
    return names;
  }

  it('stays readable by id in Deletions or Purges, which lie beside all that is listed', async () => {
    const [soft, hard] = [deliver('deleteditems'), deliver()];
    await act({ do: 'emptyFolder', folder: 'deleteditems' });
    await act({ do: 'hardDelete', message: hard });

    const [deletions, purges] = [await parentOf(soft), await parentOf(hard)];
    const known = await graph('/me/mailFolders/recoverableitemsdeletions?$select=id');
    const listed = items(await graph('/me/mailFolders?$top=100&includeHiddenFolders=true'));
    const changed = items(await graph('/me/mailFolders/delta', { prefer: 'odata.maxpagesize=100' }));

    expect(known.body['id']).toBe(deletions);
    expect(await chain(deletions)).toEqual(['Deletions', 'Recoverable Items', 'Root']);
    expect(await chain(purges)).toEqual(['Purges', 'Recoverable Items', 'Root']);
    expect(await chain(ada.mailbox.folders.get('inbox').id)).toEqual(['Inbox', 'Top of Information Store', 'Root']);
    const outside = new Set(['Deletions', 'Purges', 'Recoverable Items', 'Root', 'Finder', 'Top of Information Store']);
    for (const folders of [listed, changed]) {
      expect(folders.filter(({ displayName }) => outside.has(String(displayName)))).toEqual([]);
    }
    expect(items(await graph('/me/messages?$select=subject'))).toEqual([]);
  });

  it('is 404 when its time in Recoverable Items is over, and cannot be deleted again before', async () => {
    const id = deliver();
    await act({ do: 'softDelete', message: id });

    const again = await graph(`/me/messages/${id}`, { method: 'DELETE' });
    await control(emulator, 'POST', '/clock', { advanceMs: 13 * dayMs });
    const late = await (await graphAs(emulator, adaEmail))(`/me/messages/${id}?$select=id`);
    await control(emulator, 'POST', '/clock', { advanceMs: 2 * dayMs });
    const over = await (await graphAs(emulator, adaEmail))(`/me/messages/${id}?$select=id`);

    expect([again.status, errorCode(again)]).toEqual([403, 'ErrorCannotDeleteObject']);
    expect(late.status).toBe(200);
    expect([over.status, errorCode(over)]).toEqual([404, 'ErrorItemNotFound']);
    expect(emulator.truth.entries().at(-1)).toMatchObject({ actor: 'service', kind: 'expire', item: id });
  });

  it('can be kept from being read, message and folder', async () => {
    const id = deliver();
    await act({ do: 'softDelete', message: id });
    const folder = `/me/mailFolders/${await parentOf(id)}`;

    await control(emulator, 'PUT', '/recoverable', { readable: 'messages' });
    const unnamed = [(await graph(`/me/messages/${id}?$select=id`)).status, (await graph(folder)).status];
    await control(emulator, 'PUT', '/recoverable', { readable: 'none' });
    const gone = [(await graph(`/me/messages/${id}?$select=id`)).status, (await graph(folder)).status];

    expect([unnamed, gone]).toEqual([
      [200, 404],
      [404, 404],
    ]);
  });

  it('is told as a removal with reason deleted, as a move is, and comes back with the same id', async () => {
    const [soft, moved] = [deliver(), deliver()];
    const first = await graph(inboxDelta);
    await act({ do: 'softDelete', message: soft });
    await act({ do: 'move', message: moved, folder: 'archive' });

    const later = items(await graph(String(first.body['@odata.deltaLink'])));
    await act({ do: 'move', message: soft, folder: 'inbox' });

    expect(later).toEqual(
      [soft, moved].map((id) => ({
        '@odata.type': '#microsoft.graph.message',
        id,
        '@removed': { reason: 'deleted' },
      })),
    );
    expect(await parentOf(soft)).toBe(ada.mailbox.folders.get('inbox').id);
  });

  it('goes with its folder: moved below Deleted Items as it is, then emptied with it', async () => {
    const id = deliver('Receipts');
    const receipts = await parentOf(id);

    await act({ do: 'trashFolder', folder: 'Receipts' });
    const inTrash = [await parentOf(id), (await chain(receipts)).slice(0, 2)];
    await act({ do: 'emptyFolder', folder: 'deleteditems' });

    expect(inTrash).toEqual([receipts, ['Receipts', 'Deleted Items']]);
    expect((await chain(await parentOf(id)))[0]).toBe('Deletions');
    const folder = await graph(`/me/mailFolders/${receipts}`);
    expect([folder.status, errorCode(folder)]).toEqual([404, 'ErrorItemNotFound']);
    const acts = emulator.truth.entries().slice(-2);
    expect(acts.map(({ kind }) => kind)).toEqual(['soft-delete', 'folder-delete']);
    expect(new Set(acts.map((entry) => entry.act)).size).toBe(1);
  });

  it('changes its id on the way into the Online Archive and back, and its internetMessageId never', async () => {
    const { id, internetMessageId } = ada.does.deliver({ from: 'a@b.example' });

    await act({ do: 'archiveOnline', message: id });
    const archived = await graph(`/me/messages/${id}?$select=id`);
    await act({ do: 'returnFromArchive', internetMessageId });
    const back = items(await graph('/me/messages?$select=internetMessageId'));

    expect([archived.status, errorCode(archived)]).toEqual([404, 'ErrorItemNotFound']);
    expect(back).toMatchObject([{ internetMessageId }]);
    expect(back[0]?.['id']).not.toBe(id);
    expect(emulator.truth.entries().find(({ kind }) => kind === 'id-change')).toMatchObject({
      actor: 'service',
      from: id,
      item: back[0]?.['id'],
    });
  });

  it('lives on under another id within one round', async () => {
    const { id, internetMessageId } = ada.does.deliver({ from: 'a@b.example' });
    const first = await graph('/me/mailFolders/inbox/messages/delta?$select=internetMessageId');

    await burst({ do: 'changeId', messages: [id] });
    const [removed, found] = items(await graph(String(first.body['@odata.deltaLink'])));

    expect(removed).toMatchObject({ id, '@removed': { reason: 'deleted' } });
    expect(found).toMatchObject({ internetMessageId });
    expect(found?.['id']).not.toBe(id);
  });

  it.each(['retention', 'autoArchive', 'sweep', 'admin', 'otherApp'] as const)(
    'is, by %s, one act of somebody who is not the owner',
    async (by) => {
      const nowMs = emulator.clock.now();
      for (const days of [1, 40, 50]) ada.does.deliver({ from: 'a@b.example', receivedAtMs: nowMs - days * dayMs });

      const { body } = await burst({ do: 'delete', by, folder: 'inbox', from: 'a@b.example', olderThanDays: 30 });
      const { body: truth } = await control(emulator, 'GET', `/truth?actor=${by}`);

      const deleted = ada.mailbox.messages('deleteditems').map(({ id }) => id);
      expect(body).toEqual({ ids: deleted });
      expect(deleted).toHaveLength(2);
      const [act0] = emulator.truth.entries({ actor: by });
      expect(truth).toMatchObject(deleted.map((item) => ({ kind: 'delete', item, act: act0?.act })));
      expect(emulator.truth.entries({ actor: 'person' }).filter(({ kind }) => kind === 'delete')).toEqual([]);
    },
  );
});
