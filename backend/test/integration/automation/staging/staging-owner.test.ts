import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withWriteLease } from '../../../../src/automation/write-lease.ts';
import { Rule } from '../../../../src/models/index.ts';
import { type StagingSuite, startStagingSuite } from './staging-suite-fixture.ts';
import { laterMs, type StagingFixture } from './staging-fixture.ts';

let suite: StagingSuite;
let fixture: StagingFixture;
beforeAll(async () => {
  suite = await startStagingSuite();
});
beforeEach(async () => {
  fixture = await suite.newFixture();
});
afterAll(() => suite[Symbol.asyncDispose]());

const rests = (id: string) => fixture.message(id).folder;

describe('an owner who made the staging folder, in other letters', () => {
  it('keeps it: mail is staged there, and also after it was renamed', async () => {
    const { does } = fixture.sync.person;
    does.createFolder('msedb STAGING');

    const first = rests(await fixture.stage());
    does.renameFolder(fixture.sync.folderId('msedb STAGING'), 'Wartet');

    expect([first, rests(await fixture.stage())]).toEqual(['msedb STAGING', 'Wartet']);
  });
});

describe('an owner who wants a staged message', () => {
  it('back gets it back as it was, with what they did to it meanwhile', async () => {
    const actions = [
      { actionType: 'markRead', order: 0 },
      { actionType: 'categorize', category: 'Spam', order: 1 },
      { actionType: 'delete', order: 2 },
    ] as const;
    await Rule.updateOne({ _id: fixture.rule._id }, { $set: { actions } });
    const id = await fixture.stage({ categories: ['Blue'] });
    const { does } = fixture.sync.person;
    expect(fixture.message(id)).toMatchObject({ folder: 'MSEDB Staging', isRead: true, categories: ['Blue', 'Spam'] });
    does.flag(id);
    does.categorize(id, ['Blue', 'Spam', 'Mine']);

    const [result] = await fixture.request('rescue', [id]);
    const again = await fixture.request('rescue', [id]);

    expect(result).toMatchObject({ ok: true, status: 'rescued' });
    expect(again).toEqual([result]);
    expect(fixture.message(id)).toEqual({
      folder: 'Inbox',
      isRead: false,
      flag: 'flagged',
      categories: ['Blue', 'Mine'],
    });
    expect((await fixture.acts(id)).map(({ action }) => action)).toEqual(['email_staged', 'email_rescued']);
    expect(await fixture.request('execute', [id])).toMatchObject([{ ok: false, error: { code: 'not_staged' } }]);
  });

  it('back finds it in the inbox when its folder is gone', async () => {
    const fromFolder = fixture.sync.folderId('Reading');
    await Rule.updateOne({ _id: fixture.rule._id }, { $set: { 'conditions.fromFolder': fromFolder } });
    const id = await fixture.stage({ folder: 'Reading' });
    fixture.sync.person.does.deleteFolder('Reading');

    await fixture.request('rescue', [id]);

    expect(rests(id)).toBe('Inbox');
    expect((await fixture.act(id, 'email_rescued')).details).toMatchObject({ cause: 'owner', result: 'done' });
  });

  it.each(['all', 'messages'] as const)('deleted for good has decided, when %s can be read', async (readable) => {
    const [waiting, wanted] = [await fixture.stage(), await fixture.stage()];
    suite.emulator.recoverable.readable = readable;
    fixture.sync.person.does.softDelete(waiting);
    fixture.sync.person.does.softDelete(wanted);

    await fixture.request('execute', [waiting]);
    await fixture.request('rescue', [wanted]);
    suite.emulator.recoverable.readable = 'all';

    for (const id of [waiting, wanted]) {
      expect((await fixture.act(id, 'email_executed')).details).toMatchObject({ cause: 'owner', change: {} });
    }
  });

  it('deleted now need not wait, and one that is over is refused', async () => {
    const [now, gone] = [await fixture.stage(), await fixture.stage()];
    fixture.sync.person.does.purge(gone);

    const results = await fixture.request('execute', [now, gone]);

    expect(results).toMatchObject([
      { ok: true, status: 'executed' },
      { ok: false, error: { code: 'message_gone' } },
    ]);
    expect(rests(now)).toBe('Deleted Items');
    expect((await fixture.act(now, 'email_executed')).details).toMatchObject({ cause: 'owner' });
    expect(await fixture.request('rescue', [now, gone])).toMatchObject([
      { ok: false, error: { code: 'not_staged' } },
      { ok: false, error: { code: 'not_staged' } },
    ]);
  });

  it('back is told when Graph cannot do it now, and gets it back later all the same', async () => {
    const id = await fixture.stage();
    suite.emulator.faults.add({ kind: 503, method: 'POST', mailbox: fixture.sync.person.email });

    const failed = await fixture.request('rescue', [id]);
    suite.emulator.faults.clear();

    expect(failed).toMatchObject([{ ok: false, error: { status: 503, code: 'graph_unavailable' } }]);
    expect(await fixture.row(id)).toMatchObject({ status: 'rescuing', fault: { count: 1 } });
    await fixture.runMaintenance();
    expect(rests(id)).toBe('Inbox');
    expect((await fixture.row(id)).status).toBe('rescued');
  });

  it('back while it is being executed: one of the two wins, and both agree which', async () => {
    const ids = [await fixture.stage(), await fixture.stage(), await fixture.stage(), await fixture.stage()];
    fixture.skewMs = laterMs;

    const [, results] = await Promise.all([fixture.runMaintenance(), fixture.request('rescue', [...ids])]);

    for (const [index, id] of ids.entries()) {
      const { status } = await fixture.row(id);
      expect(status).toMatch(/^(executed|rescued)$/);
      expect(rests(id)).toBe(status === 'executed' ? 'Deleted Items' : 'Inbox');
      expect(results[index]?.ok).toBe(status === 'rescued');
      const done = (await fixture.acts(id)).filter(({ details }) => details?.['result'] === 'done');
      expect(done).toHaveLength(2);
    }
  });

  it('back has asked for it before others leave the mailbox, and gets it once they have', async () => {
    const id = await fixture.stage();
    const deps = { graphOf: () => fixture.client, clock: Date.now };
    const options = { mailboxId: fixture.mailboxId, signal: new AbortController().signal, waitMs: 0 };

    const { request } = await withWriteLease(deps, options, async () => {
      const asked = fixture.request('rescue', [id]);
      await expect.poll(async () => (await fixture.row(id)).status).toBe('rescuing');
      return { request: asked };
    });

    expect(await request).toMatchObject([{ ok: true, status: 'rescued' }]);
    expect(rests(id)).toBe('Inbox');
  });
});
