import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MessageDraft } from '../../../../emulator/mailbox/message.ts';
import { hourMs } from '../../../../src/lib/durations.ts';
import { createLogger } from '../../../../src/lib/logger.ts';
import { MessageState, models } from '../../../../src/models/index.ts';
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

function deliver(subject: string, shape: Partial<MessageDraft> = {}): string {
  const receivedAtMs = Date.now() - hourMs;
  return fixture.person.does.deliver({ from: 'news@letters.example', subject, receivedAtMs, ...shape }).id;
}

async function subjectsAndTypes(): Promise<string[]> {
  return (await fixture.ledger()).map(({ subject, type }) => `${type} ${subject}`);
}

describe('mail that Graph describes in part', () => {
  it('is recorded without what is missing', async () => {
    deliver('nulls', {
      nulls: ['isRead', 'importance', 'categories', 'flag', 'hasAttachments', 'internetMessageHeaders', 'from'],
    });
    deliver('absent', { absent: ['from', 'sender', 'internetMessageHeaders'] });
    deliver('holes', { recipientHoles: true });

    const [report] = await fixture.sync();

    expect(report).toMatchObject({ outcome: 'finished', failedFolders: 0, unreadable: 0 });
    expect(await subjectsAndTypes()).toEqual(['arrived absent', 'arrived holes', 'arrived nulls']);
  });

  it('keeps what was known of a message when its read state is unknown', async () => {
    const id = deliver('unknown', { nulls: ['isRead'] });
    await fixture.sync();
    await MessageState.updateOne({ messageId: id }, { $set: { isRead: true } });

    fixture.person.does.flag(id);
    await fixture.sync();

    expect(await MessageState.findOne({ messageId: id }).lean()).toMatchObject({ isRead: true, flag: 'flagged' });
    expect(await subjectsAndTypes()).toEqual(['arrived unknown', 'flagged unknown']);
  });

  it('never loses a page or a folder to one message that cannot be read: it is counted and shown', async () => {
    const logger = createLogger({ level: 'error', style: 'readable' });
    const warn = vi.spyOn(logger, 'warn');
    deliver('corrupt', { corrupt: true });
    deliver('no folder', { absent: ['parentFolderId'] });
    deliver('good');

    const [report] = await fixture.sync({ logger });

    expect(report).toMatchObject({ outcome: 'finished', failedFolders: 0, unreadable: 2 });
    expect(await subjectsAndTypes()).toEqual(['arrived good']);
    const fields = ['ErrorCorruptData', 'parentFolderId'];
    const { syncProgress } = await fixture.row();
    expect(syncProgress).toMatchObject({ unreadable: 2 });
    expect(syncProgress?.unreadableFields?.toSorted()).toEqual(fields);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('could not be read'), {
      mailboxId: fixture.mailboxId.toHexString(),
      unreadable: 2,
      fields: expect.arrayContaining(fields),
    });
    deliver('later');
    await fixture.sync({ logger });
    expect(await subjectsAndTypes()).toEqual(['arrived good', 'arrived later']);
    expect((await fixture.row()).syncProgress).toMatchObject({ unreadable: 0 });
  });

  it('goes on after an empty page, a page without a list, and a well-known folder without an id', async () => {
    fixture.emulator.awkward.set({ emptyPage: 1, nullPage: 1, folderWithoutId: 1 });
    deliver('found');

    const [report] = await fixture.sync();

    expect(report).toMatchObject({ outcome: 'finished', failedFolders: 0 });
    expect(await subjectsAndTypes()).toEqual(['arrived found']);
  });

  it.each(['sentitems', 'drafts', 'outbox'])(
    'knows %s, also when its name is answered with nothing at first',
    async (name) => {
      const once = { kind: 'error', status: 400, code: 'BadRequest', target: 'graph', times: 1 } as const;
      const struck = fixture.emulator.faults.add({ ...once, path: `/mailFolders/${name}` });
      deliver('sent', { folder: name });

      await fixture.sync();

      expect(struck()).toBe(1);
      expect(await subjectsAndTypes()).toEqual([]);
    },
  );
});
