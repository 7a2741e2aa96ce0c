import mongoose from 'mongoose';
import { afterEach, describe, expect, it } from 'vitest';
import { models } from '../../../../src/models/index.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { SyncFixture } from './sync-fixture.ts';

useTestDatabase(models);
afterEach(() => {
  mongoose.set('debug', false);
});

const ownFolders = 120;

/** Starts to count the writes of mailbox rows. */
function countWrites(): () => number {
  let writes = 0;
  mongoose.set('debug', (collection: string, method: string) => {
    if (collection === 'mailboxes' && /update/i.test(method)) writes += 1;
  });
  return () => writes;
}

describe('a look at a mailbox with many folders', () => {
  it('writes its row a few times, and not once a folder', async () => {
    const names = Array.from({ length: ownFolders }, (_, index) => `Folder ${index}`);
    await using fixture = await SyncFixture.start(names);
    await fixture.sync();
    fixture.person.does.deliver({ from: 'news@letters.example', subject: 'new' });

    const writes = countWrites();
    const reports = await fixture.sync();

    expect(reports).toMatchObject([{ outcome: 'finished', events: 1 }]);
    expect(writes()).toBeLessThan(12);
    const links = Object.values((await fixture.row()).deltaLinks);
    await fixture.sync();
    expect(Object.values((await fixture.row()).deltaLinks)).not.toEqual(links);
  });
});
