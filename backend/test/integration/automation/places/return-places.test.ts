import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkRulePlaces } from '../../../../src/automation/places/check-rules.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { Mailbox, Notification } from '../../../../src/models/index.ts';
import { type StagingSuite, startStagingSuite } from '../staging/staging-suite-fixture.ts';
import type { StagingFixture } from '../staging/staging-fixture.ts';

let suite: StagingSuite;
let fixture: StagingFixture;
beforeAll(async () => {
  suite = await startStagingSuite();
});
beforeEach(async () => {
  fixture = await suite.newFixture();
});
afterAll(() => suite[Symbol.asyncDispose]());

const does = () => fixture.sync.person.does;
const stagingName = 'MSEDB Staging';

async function check(): Promise<void> {
  await fixture.sync.sync();
  const deps = { graphOf: () => fixture.client, clock: Date.now };
  await checkRulePlaces(deps, { mailboxId: fixture.mailboxId, signal: AbortSignal.timeout(30_000) });
}

async function refusal(undoing: Promise<unknown>): Promise<AppError> {
  const thrown: unknown = await undoing.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof AppError)) throw new Error('It was not refused', { cause: thrown });
  return thrown;
}

/** A rule reads and files a message of the folder Projects, which its owner deletes then. */
async function filedFrom(end: (folder: string) => void): Promise<string> {
  const { id: projects } = does().createFolder('Projects');
  await fixture.sync.sync();
  const { conditions } = fixture.rule;
  await fixture.changeRule({ conditions: { ...conditions, fromFolder: projects } });
  const actions = [
    { actionType: 'markRead', order: 0 },
    { actionType: 'move', toFolder: fixture.sync.folderId('Reading'), order: 1 },
  ] as const;
  const id = await fixture.actOn([...actions], { folder: 'Projects' });
  expect(fixture.message(id).folder).toBe('Reading');
  end('Projects');
  return id;
}

describe('undo', () => {
  it.each<[string, string, (folder: string) => void]>([
    ['was deleted', 'folder_deleted', (folder) => void does().trashFolder(folder)],
    ['was deleted for good', 'folder_gone', (folder) => does().shredFolder(folder)],
  ])(
    'into a folder that %s changes nothing, offers another, and goes into one that is chosen',
    async (_w, fault, end) => {
      const id = await filedFrom(end);
      const { _id } = await fixture.act(id, 'rule_executed');
      const { writes } = fixture;

      const { code, status, details } = await refusal(fixture.undo(_id));

      expect([status, code]).toEqual([409, 'folder_gone']);
      expect(details).toEqual({ fault, folderId: fixture.sync.folderId('inbox'), path: 'Inbox' });
      expect(fixture.writes).toBe(writes);
      expect(fixture.message(id)).toMatchObject({ folder: 'Reading', isRead: true });
      const undone = await fixture.undo(_id, { folder: 'INBOX' });
      expect(undone.restored.folderId).toBe(fixture.sync.folderId('inbox'));
      expect(fixture.message(id)).toMatchObject({ folder: 'Inbox', isRead: false });
      expect((await fixture.act(id, 'rule_executed')).undoneAt).toBeInstanceOf(Date);
    },
  );

  it('offers the folder that has the path now', async () => {
    const id = await filedFrom((folder) => void does().trashFolder(folder));
    await fixture.sync.sync();
    const anew = does().createFolder('projects').id;
    await fixture.sync.sync();

    const { details } = await refusal(fixture.undo((await fixture.act(id, 'rule_executed'))._id));

    expect(details).toMatchObject({ folderId: anew, path: 'projects' });
  });

  it('into a chosen folder that is unknown, or cannot be used, is refused', async () => {
    const id = await filedFrom(() => undefined);
    const { _id } = await fixture.act(id, 'rule_executed');

    expect((await refusal(fixture.undo(_id, { folder: 'Nowhere/Else' }))).code).toBe('unknown_folder');
    const deleted = fixture.sync.folderId('deleteditems');
    expect((await refusal(fixture.undo(_id, { folder: deleted }))).code).toBe('folder_gone');
    expect(fixture.message(id)).toMatchObject({ folder: 'Reading', isRead: true });
  });
});

describe('staged mail', () => {
  it.each<[string, (folder: string) => void, string]>([
    ['a folder in Deleted Items', (folder) => void does().trashFolder(folder), 'is in Deleted Items'],
    ['a folder that is gone', (folder) => does().shredFolder(folder), 'no longer exists'],
  ])('is rescued into the inbox instead of %s, and the log says so', async (_what, end, reason) => {
    const { id: projects } = does().createFolder('Projects');
    await fixture.sync.sync();
    await fixture.changeRule({ conditions: { ...fixture.rule.conditions, fromFolder: projects } });
    const id = await fixture.stage({ folder: 'Projects' });
    end('Projects');

    const results = await fixture.request('rescue', [id]);

    expect(results).toMatchObject([{ ok: true, status: 'rescued' }]);
    expect(fixture.message(id).folder).toBe('Inbox');
    expect((await fixture.act(id, 'email_rescued')).details?.['why']).toContain(
      `Its original folder ${reason}, so it is in the inbox.`,
    );
  });

  it('is rescued into the folder that has the path of its own now', async () => {
    const { id: projects } = does().createFolder('Projects');
    await fixture.sync.sync();
    await fixture.changeRule({ conditions: { ...fixture.rule.conditions, fromFolder: projects } });
    const id = await fixture.stage({ folder: 'Projects' });
    does().trashFolder('Projects');
    await fixture.sync.sync();
    const anew = does().createFolder('Projects').id;
    await fixture.sync.sync();

    await fixture.request('rescue', [id]);

    expect(fixture.sync.person.mailbox.get(id).folderId).toBe(anew);
  });

  it('comes back with its folder when the folder is deleted, and its owner is told', async () => {
    const id = await fixture.stage();
    const folderId = fixture.sync.folderId(stagingName);
    does().trashFolder(stagingName);

    await check();
    does().emptyFolder('deleteditems');

    expect(fixture.message(id).folder).toBe(stagingName);
    expect((await Mailbox.findById(fixture.sync.mailboxId).lean())?.stagingFolderId).toBe(folderId);
    expect(fixture.sync.person.mailbox.folders.children('msgfolderroot').map((folder) => folder.id)).toContain(
      folderId,
    );
    const told = { userId: fixture.sync.userId, title: /was put back/ };
    expect(await Notification.countDocuments(told)).toBe(1);
    expect(await fixture.row(id)).toMatchObject({ status: 'staged' });
    await fixture.request('rescue', [id]);
    expect(fixture.message(id).folder).toBe('Inbox');
  });

  it('comes back with its folder when more is staged, however deep the folder lies in Deleted Items', async () => {
    const id = await fixture.stage();
    does().createFolder('Above');
    does().moveFolder(stagingName, 'Above');
    does().trashFolder('Above');

    const next = await fixture.stage();

    expect([id, next].map((one) => fixture.message(one).folder)).toEqual([stagingName, stagingName]);
    const { folderId } = fixture.sync.person.mailbox.get(id);
    expect(fixture.sync.person.mailbox.folders.isWithin(folderId, fixture.sync.folderId('deleteditems'))).toBe(false);
  });

  it('stays in its deleted folder while the kill switch is on: nothing is written then', async () => {
    await fixture.stage();
    does().trashFolder(stagingName);
    await fixture.pause(true);
    const { writes } = fixture;

    await check();

    expect(fixture.writes).toBe(writes);
  });

  it('has a new folder when the old one was deleted empty', async () => {
    const id = await fixture.stage();
    await fixture.request('rescue', [id]);
    const old = fixture.sync.folderId(stagingName);
    does().trashFolder(stagingName);

    const next = await fixture.stage();

    const { folderId } = fixture.sync.person.mailbox.get(next);
    expect(folderId).not.toBe(old);
    expect(fixture.message(next).folder).toBe(stagingName);
  });
});
