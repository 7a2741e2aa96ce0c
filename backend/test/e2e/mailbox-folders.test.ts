import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MessageState } from '../../src/models/index.ts';
import { buildMailbox } from '../factories/mailbox.ts';
import { startTestService, type TestService } from '../harness/service.ts';
import { Listener } from '../harness/stream-service.ts';

/** Stores messages of a mailbox, each with these categories. */
async function fill(userId: Types.ObjectId, mailboxId: Types.ObjectId, categories: readonly (readonly string[])[]) {
  const known = {
    userId,
    mailboxId,
    folderId: 'in',
    isRead: true,
    flag: 'notFlagged',
    observedAt: new Date(),
    version: 1,
  };
  await MessageState.insertMany(categories.map((names, n) => ({ ...known, messageId: `m-${n}`, categories: names })));
}

describe('what rules of a mailbox can be made of', () => {
  let service: TestService;
  let ada: Listener;
  let mailboxId: Types.ObjectId;
  beforeAll(async () => {
    service = await startTestService();
    ada = await Listener.create();
    const folders = [
      { id: 'projects', displayName: 'Projects', parentFolderId: 'in' },
      { id: 'in', displayName: 'Inbox', kind: 'inbox' as const },
      { id: 'staging', displayName: 'MSEDB Staging' },
      { id: 'hidden', displayName: 'Conversation History', isHidden: true },
    ];
    const lastSyncAt = new Date('2026-05-01T12:00:00Z');
    const mailbox = await buildMailbox({ userId: ada.userId, folders, stagingFolderId: 'staging', lastSyncAt });
    mailboxId = mailbox._id;
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  const get = (what: string, who = ada) =>
    service.http.get(`/api/mailboxes/${mailboxId.toHexString()}/${what}`).set(who.headers);

  it('are its folders with their paths, without hidden ones', async () => {
    const { status, body } = await get('folders');

    const ordinary = { kind: null, isStaging: false };
    expect([status, body]).toEqual([
      200,
      {
        items: [
          { id: 'in', name: 'Inbox', parentId: null, path: ['Inbox'], kind: 'inbox', isStaging: false },
          { id: 'projects', name: 'Projects', parentId: 'in', path: ['Inbox', 'Projects'], ...ordinary },
          {
            id: 'staging',
            name: 'MSEDB Staging',
            parentId: null,
            path: ['MSEDB Staging'],
            kind: null,
            isStaging: true,
          },
        ],
        syncedAt: '2026-05-01T12:00:00.000Z',
      },
    ]);
  });

  it('are the categories of its mail, the most frequent first', async () => {
    await fill(ada.userId, mailboxId, [['Red'], ['Blue', 'Red'], [], ['Amber']]);
    await fill(ada.userId, new Types.ObjectId(), [['Of another mailbox']]);
    await MessageState.updateOne(
      { mailboxId, messageId: 'm-3' },
      { $set: { goneAt: new Date() }, $unset: { folderId: 1 } },
    );

    expect((await get('categories')).body).toEqual({
      items: [
        { name: 'Red', messages: 2 },
        { name: 'Blue', messages: 1 },
      ],
    });
  });

  it.each(['folders', 'categories'])('are for nobody else: %s', async (what) => {
    expect((await get(what, await Listener.create())).status).toBe(404);
  });
});
