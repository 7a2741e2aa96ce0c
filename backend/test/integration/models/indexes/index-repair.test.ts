import mongoose from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseIndexCommand, runIndexCommand } from '../../../../src/models/indexes/index-command.ts';
import { buildIndexes, Mailbox, models, Notification, StagedEmail, User } from '../../../../src/models/index.ts';
import { buildUser } from '../../../factories/user.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { recordIndexLog } from './index-log.ts';
import { plannedIndexes } from './plan-indexes.ts';
import { readIndexes } from './read-indexes.ts';

const repaired = /^The indexes in MongoDB are those of the models/u;

useTestDatabase();
let lines: string[];
const run = (options: { apply?: boolean; prune?: boolean } = {}) => {
  lines = [];
  return runIndexCommand(models, { apply: false, prune: false, ...options, print: (line) => lines.push(line) });
};

beforeEach(async () => {
  await mongoose.connection.dropDatabase();
  await buildIndexes(models, recordIndexLog());
});

describe('npm run db:indexes', () => {
  it('says that there is no difference and ends with 0', async () => {
    expect(await run()).toBe(0);

    expect(lines).toEqual([expect.stringMatching(repaired)]);
  });

  it('shows what is missing, what differs and what is unknown, ends with 1 and changes nothing', async () => {
    await Notification.collection.dropIndexes();
    await Notification.collection.createIndex({ createdAt: 1 }, { expireAfterSeconds: 60 });
    await Notification.collection.createIndex({ readAt: 1 });
    const before = await readIndexes(Notification.collection);

    expect(await run()).toBe(1);

    expect(lines).toEqual([
      'missing  notifications.userId_1_isRead_1_createdAt_-1 { userId: 1, isRead: 1, createdAt: -1 }',
      'missing  notifications.userId_1_createdAt_-1__id_-1 { userId: 1, createdAt: -1, _id: -1 }',
      'differs  notifications.createdAt_1 { createdAt: 1 }, rows removed after 60 s',
      '  should be { createdAt: 1 }, rows removed after 2592000 s',
      'unknown  notifications.readAt_1 { readAt: 1 }',
      'Nothing was changed; npm run db:indexes -- --apply repairs it.',
    ]);
    expect(await readIndexes(Notification.collection)).toEqual(before);
  });

  it('builds with --apply what is missing', async () => {
    await Mailbox.collection.dropIndexes();

    expect(await run({ apply: true })).toBe(0);

    expect(lines).toEqual([
      'built    mailboxes.userId_1_email_1 { userId: 1, email: 1 }, unique',
      'built    mailboxes.userId_1_tenantId_1_objectId_1 { userId: 1, tenantId: 1, objectId: 1 }, unique, only where {"objectId":{"$exists":true}}',
      'built    mailboxes.userId_1 { userId: 1 }',
      'built    mailboxes.isConnected_1__id_1 { isConnected: 1, _id: 1 }',
      'built    mailboxes.isConnected_1_nextSyncAt_1 { isConnected: 1, nextSyncAt: 1 }',
    ]);
    expect(await readIndexes(Mailbox.collection)).toEqual(plannedIndexes['mailboxes']);
  });

  it('replaces with --apply a stale TTL index', async () => {
    await StagedEmail.collection.dropIndex('expiresAt_1');
    await StagedEmail.collection.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0, name: 'old' });

    expect(await run({ apply: true })).toBe(0);

    expect(lines[0]).toBe('replaced stagedemails.old { expiresAt: 1 }, rows removed after 0 s');
    expect(await readIndexes(StagedEmail.collection)).toEqual(plannedIndexes['stagedemails']);
    expect(await run()).toBe(0);
  });

  it.each([{ expireAfterSeconds: 60 }, {}])('gives with --apply an index of %o its time to live', async (options) => {
    await Notification.collection.dropIndex('createdAt_1');
    await Notification.collection.createIndex({ createdAt: 1 }, options);

    expect(await run({ apply: true })).toBe(0);

    expect(await readIndexes(Notification.collection)).toEqual(plannedIndexes['notifications']);
  });

  it('drops with --apply an unknown index that removes rows, and leaves others', async () => {
    await User.collection.createIndex({ lastLoginAt: 1 }, { expireAfterSeconds: 60 });
    await User.collection.createIndex({ displayName: 1 });

    expect(await run({ apply: true })).toBe(0);

    expect(lines.toSorted()).toEqual([
      'dropped  users.lastLoginAt_1 { lastLoginAt: 1 }, rows removed after 60 s: in no schema',
      'left     users.displayName_1 { displayName: 1 }: in no schema',
    ]);
    expect(await readIndexes(User.collection)).toEqual({
      ...plannedIndexes['users'],
      displayName_1: { key: { displayName: 1 } },
    });
  });

  it('drops with --apply --prune every unknown index', async () => {
    await User.collection.createIndex({ displayName: 1 });

    expect(await run({ apply: true, prune: true })).toBe(0);

    expect(lines).toEqual(['dropped  users.displayName_1 { displayName: 1 }: in no schema']);
    expect(await readIndexes(User.collection)).toEqual(plannedIndexes['users']);
  });

  it('replaces with --apply a unique index that is not sparse by the sparse one', async () => {
    await User.collection.dropIndex('microsoftId_1');
    await User.collection.createIndex({ microsoftId: 1 }, { unique: true });

    expect(await run({ apply: true })).toBe(0);

    expect(await readIndexes(User.collection)).toEqual(plannedIndexes['users']);
  });

  it('puts the old index back when duplicate rows refuse the new one, and names collection and key', async () => {
    await User.collection.dropIndex('email_1');
    await User.collection.createIndex({ email: 1 }, { sparse: true });
    await buildUser({ email: 'twice@example.com' });
    await buildUser({ email: 'twice@example.com' });

    await expect(run({ apply: true })).rejects.toMatchObject({
      name: 'IndexBuildError',
      message: expect.stringMatching(/^Index \{ email: 1 \}, unique of users cannot be built: /u),
    });

    expect(await readIndexes(User.collection)).toMatchObject({ email_1: { key: { email: 1 }, sparse: true } });
  });
});

describe('the arguments of npm run db:indexes', () => {
  it('are read', () => {
    expect(parseIndexCommand([])).toEqual({ apply: false, prune: false, help: false });
    expect(parseIndexCommand(['--apply', '--prune'])).toEqual({ apply: true, prune: true, help: false });
    expect(parseIndexCommand(['--help'])).toMatchObject({ help: true });
  });

  it.each([['--aply'], ['apply'], ['--prune']])('are refused when they are %s', (argument) => {
    expect(() => parseIndexCommand([argument])).toThrow(new RegExp(`${argument}[^]*Usage: npm run db:indexes`, 'u'));
  });
});
