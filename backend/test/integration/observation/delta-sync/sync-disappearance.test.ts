import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hourMs } from '../../../../src/lib/durations.ts';
import { models } from '../../../../src/models/index.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { SyncFixture } from './sync-fixture.ts';

useTestDatabase(models);
let fixture: SyncFixture;
beforeEach(async () => {
  fixture = await SyncFixture.start(['Receipts']);
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

function deliver(subject: string, folder = 'inbox'): string {
  const receivedAtMs = Date.now() - hourMs;
  return fixture.person.does.deliver({ from: 'news@letters.example', subject, folder, receivedAtMs }).id;
}

async function placings(): Promise<string[]> {
  const ledger = await fixture.ledger();
  return ledger.filter(({ type }) => type !== 'arrived').map(({ subject, type }) => `${type} ${subject}`);
}

async function hiddenFolders() {
  const { folders } = await fixture.row();
  return folders.filter(({ isHidden }) => isHidden === true).map(({ displayName, kind }) => ({ displayName, kind }));
}

describe('mail that leaves the folders that are listed', () => {
  it('was deleted when it lies in Recoverable Items, once, and adds nothing when that is emptied', async () => {
    const [soft, hard] = [deliver('soft'), deliver('hard')];
    await fixture.sync();
    const read = Object.keys((await fixture.row()).deltaLinks);

    fixture.person.does.softDelete(soft);
    fixture.person.does.hardDelete(hard);
    await fixture.sync();
    const kinds = (await hiddenFolders()).map(({ kind }) => kind);
    fixture.person.does.purge(soft);
    await fixture.sync();

    expect(await placings()).toEqual(['deleted hard', 'deleted soft']);
    expect(kinds).toEqual(['recoverable', 'recoverable']);
    expect(Object.keys((await fixture.row()).deltaLinks)).toEqual(read);
  });

  it('is nothing new when it was in Deleted Items before', async () => {
    const id = deliver('old');
    await fixture.sync();
    fixture.person.does.delete(id);
    await fixture.sync();

    fixture.person.does.emptyFolder('deleteditems');
    await fixture.sync();

    expect(await placings()).toEqual(['deleted old']);
  });

  it.each(['messages', 'none'] as const)('disappeared when only %s can be read', async (readable) => {
    const id = deliver('lost');
    await fixture.sync();

    fixture.emulator.recoverable.readable = readable;
    fixture.person.does.softDelete(id);
    await fixture.sync();
    await fixture.sync();

    expect(await placings()).toEqual(['disappeared lost']);
    expect(await hiddenFolders()).toEqual([]);
  });

  it('was moved when it lies in a folder that is only hidden, which is asked for once', async () => {
    fixture.person.does.createFolder('Old server', undefined, true);
    const [first, second] = [deliver('first'), deliver('second')];
    await fixture.sync();

    fixture.person.does.move(first, 'Old server');
    await fixture.sync();
    fixture.person.does.move(second, 'Old server');
    const { deltaLinks } = await fixture.row();
    await fixture.sync();
    fixture.person.mailbox.deltaEpoch += 1; // the whole list of folders is read anew
    await fixture.sync();

    expect(await placings()).toEqual(['moved first', 'moved second']);
    expect(await hiddenFolders()).toEqual([{ displayName: 'Old server', kind: undefined }]);
    expect(deltaLinks).not.toHaveProperty(fixture.folderId('Old server'));
  });

  it('was moved there also when Graph does not give the root of the folders', async () => {
    fixture.person.does.createFolder('Old server', undefined, true);
    const id = deliver('first');
    await fixture.sync();
    const path = '/msgfolderroot';
    fixture.emulator.faults.add({ kind: 'error', status: 404, code: 'ErrorItemNotFound', target: 'graph', path });

    fixture.person.does.move(id, 'Old server');
    await fixture.sync();

    expect(await placings()).toEqual(['moved first']);
    expect(await hiddenFolders()).toEqual([{ displayName: 'Old server', kind: undefined }]);
  });

  it('is not looked for in search folders', async () => {
    fixture.person.does.createSearchFolder('Unread mail', 'unread');
    deliver('plain');

    const [report] = await fixture.sync();

    expect(report).toMatchObject({ outcome: 'finished', failedFolders: 0, events: 1 });
    expect((await fixture.row()).folders.map(({ displayName }) => displayName)).not.toContain('Unread mail');
  });
});

describe('mail that Graph lists before it can be read by its id', () => {
  it('is recorded, although what is listed of it is incomplete', async () => {
    await fixture.sync();
    fixture.emulator.awkward.set({ lateItem: 1, noFrom: 1 });
    deliver('late');

    await fixture.sync();

    expect((await fixture.ledger()).map(({ subject, type }) => `${type} ${subject}`)).toEqual(['arrived late']);
  });

  it('is recorded when its folder lists it as gone, and no other lists it yet', async () => {
    await fixture.sync();
    fixture.emulator.awkward.set({ lateItem: 1, hiddenArrival: 1 });
    fixture.person.does.move(deliver('late'), 'Receipts');

    await fixture.sync();

    expect((await fixture.ledger()).map(({ subject, type }) => `${type} ${subject}`)).toEqual(['arrived late']);
  });

  it('is not gone because one answer says so', async () => {
    const id = deliver('known');
    await fixture.sync();
    fixture.emulator.moves.hiddenArrivalRate = 1;
    fixture.person.does.move(id, 'Receipts');
    fixture.person.mailbox.get(id).missesLeft = 1;

    await fixture.sync();

    expect(await placings()).toEqual(['moved known']);
  });
});
