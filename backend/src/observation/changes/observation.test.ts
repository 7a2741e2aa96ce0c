import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import type { IMailFolder } from '../../models/index.ts';
import { observedMailboxOf } from './observation.ts';

const folder = (id: string, parentFolderId: string, kind?: IMailFolder['kind']): IMailFolder => ({
  id,
  displayName: id,
  parentFolderId,
  ...(kind === undefined ? {} : { kind }),
});

const row = {
  _id: new Types.ObjectId(),
  userId: new Types.ObjectId(),
  watchedSince: new Date('2026-05-01T00:00:00Z'),
  stagingFolderId: 'staging',
  folders: [
    folder('inbox', 'root', 'inbox'),
    folder('projects', 'inbox'),
    folder('trash', 'root', 'deleted'),
    folder('old-projects', 'trash'),
    folder('older-projects', 'old-projects'),
    folder('sent', 'root', 'sent'),
    folder('sent-2025', 'sent'),
    folder('staging', 'trash'),
    folder('one', 'two'),
    folder('two', 'one'),
  ],
};

describe('a mailbox to be observed', () => {
  const mailbox = observedMailboxOf(row, { sinceDays: 30, now: Date.parse('2026-05-31T00:00:00Z') });

  it('has its ids, and knows since when it is watched and what is too old for an event', () => {
    expect(mailbox).toMatchObject({
      userId: row.userId,
      mailboxId: row._id,
      watchedSince: row.watchedSince,
      eventsSince: new Date('2026-05-01T00:00:00Z'),
    });
  });

  it.each([
    ['inbox', 'inbox'],
    ['projects', undefined],
    ['trash', 'deleted'],
    ['older-projects', 'deleted'],
    ['sent-2025', 'sent'],
    ['staging', 'staging'],
    ['one', undefined],
    ['never-heard-of', undefined],
  ])('knows what sort of place %s is: %s', (folderId, place) => {
    expect(mailbox.folderKindOf(folderId)).toBe(place);
  });
});
