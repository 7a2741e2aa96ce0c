import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import { control } from '../testing/control-client.ts';
import { type CallGraph, errorCode, graphAs, items } from '../testing/app-client.ts';

const adaEmail = 'ada@contoso.example';
const page = { prefer: 'IdType="ImmutableId", odata.maxpagesize=100' };

describe('the folders of a mailbox in use', () => {
  let emulator: Emulator;
  let graph: CallGraph;

  beforeEach(async () => {
    emulator = await startEmulator({ seed: 3 });
    await control(emulator, 'POST', '/people', {
      email: adaEmail,
      language: 'de',
      without: ['archive'],
      usualFolders: true,
      searchFolder: true,
    });
    graph = await graphAs(emulator, adaEmail);
  });
  afterEach(async () => {
    await emulator.close();
  });

  const act = (body: unknown) => control(emulator, 'POST', `/people/${adaEmail}/actions`, body);
  const changes = async (link = '/me/mailFolders/delta') => graph(link, page);

  it('have names in the language of their owner, and the same well-known names', async () => {
    const inbox = await graph('/me/mailFolders/inbox');

    expect(inbox.body).toMatchObject({ displayName: 'Posteingang', isHidden: false });
    expect((await act({ do: 'deliver', from: 'a@b.example', folder: 'Entwürfe' })).status).toBe(200);
  });

  it('can be without an Archive', async () => {
    const missing = await graph('/me/mailFolders/archive');

    expect([missing.status, errorCode(missing)]).toEqual([404, 'ErrorItemNotFound']);
    expect(missing.body).toMatchObject({ error: { message: 'Default folder Archive not found.' } });
  });

  it('can be hidden: left out of lists and delta, and counted as a child', async () => {
    const listed = items(await graph('/me/mailFolders?$top=100'));
    const all = items(await graph('/me/mailFolders?$top=100&includeHiddenFolders=true'));
    const told = items(await changes());
    const history = listed.find(({ displayName }) => displayName === 'Aufgezeichnete Unterhaltungen');
    const children = items(await graph(`/me/mailFolders/${String(history?.['id'])}/childFolders`));

    expect(history).toMatchObject({ childFolderCount: 1 });
    expect(children).toEqual([]);
    for (const folders of [listed, told]) expect(folders.some(({ isHidden }) => isHidden === true)).toBe(false);
    expect(all.filter(({ isHidden }) => isHidden === true)).toMatchObject([{ displayName: 'PersonMetadata' }]);
    expect(told.map(({ displayName }) => displayName)).toEqual(expect.arrayContaining(['Conflicts', 'Local Failures']));
  });

  it('can be search folders, which show mail that lies elsewhere', async () => {
    const { body } = await act({ do: 'deliver', from: 'a@b.example' });
    const type = '#microsoft.graph.mailSearchFolder';
    const search = items(await graph('/me/mailFolders?$top=100')).find((folder) => folder['@odata.type'] === type);
    const id = String(search?.['id']);

    const found = items(await graph(`/me/mailFolders/${id}/messages?$select=parentFolderId`));
    const messageId = String(found[0]?.['id']);
    const moved = await graph(`/me/messages/${messageId}/move`, { method: 'POST', body: { destinationId: id } });

    expect(items(await changes()).filter((folder) => folder['@odata.type'] === type)).toMatchObject([{ id }]);
    expect(body).toEqual({ ids: [messageId] });
    expect(found[0]?.['parentFolderId']).not.toBe(id);
    expect([moved.status, errorCode(moved)]).toEqual([400, 'ErrorMoveCopyFailed']);
    expect((await graph(`/me/mailFolders/${id}/messages/delta?$select=id`)).status).toBe(400);
  });

  it('have no wellKnownName in v1.0', async () => {
    const replies = [
      await graph('/me/mailFolders?$select=wellKnownName'),
      await graph('/me/mailFolders/inbox?$select=id,wellKnownName'),
      await graph('/me/mailFolders/delta?$select=wellKnownName'),
    ];

    expect(replies.map((reply) => [reply.status, errorCode(reply)])).toEqual(replies.map(() => [400, 'BadRequest']));
  });

  const make = (displayName: string) => graph('/me/mailFolders', { method: 'POST', body: { displayName } });

  it('have names that differ in more than case', async () => {
    await make('MSEDB Staging');

    const twin = await make('msedb staging');

    expect([twin.status, errorCode(twin)]).toEqual([409, 'ErrorFolderExists']);
  });

  it('keep their ids when they are renamed and moved, parents told in any order', async () => {
    await act({ do: 'createFolder', name: 'Kunden' });
    await act({ do: 'createFolder', name: 'Alt', parent: 'Kunden' });
    await act({ do: 'createFolder', name: 'Projekte' });
    const first = await changes();
    const before = new Map(items(first).map(({ id, displayName }) => [displayName, id]));

    await act({ do: 'moveFolder', folder: 'Alt', parent: 'Projekte' });
    await act({ do: 'renameFolder', folder: 'Projekte', name: 'Vorhaben' });
    const later = await changes(String(first.body['@odata.deltaLink']));
    const twins = [
      await act({ do: 'createFolder', name: 'ALT', parent: 'Vorhaben' }),
      await act({ do: 'createFolder', name: 'Alt', parent: 'Kunden' }),
    ];

    expect(items(later)).toMatchObject([
      { id: before.get('Alt'), parentFolderId: before.get('Projekte') },
      { id: before.get('Projekte'), displayName: 'Vorhaben' },
    ]);
    expect(twins.map(({ status }) => status)).toEqual([400, 200]);
  });

  it('come shuffled when that is asked for', async () => {
    const inOrder = items(await changes()).map(({ id }) => id);
    await control(emulator, 'PUT', '/awkward', { rates: { shuffledFolders: 1 } });
    const shuffled = items(await changes()).map(({ id }) => id);

    expect(shuffled).not.toEqual(inOrder);
    expect(new Set(shuffled)).toEqual(new Set(inOrder));
  });
});
