import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inSession } from '../../../../src/automation/write-lease.ts';
import { Rule } from '../../../../src/models/index.ts';
import { type StagingStage, startStagingStage } from './staging-stage.ts';
import { laterMs, type StagingWorld } from './staging-world.ts';

let stage: StagingStage;
let world: StagingWorld;
beforeAll(async () => {
  stage = await startStagingStage();
});
beforeEach(async () => {
  world = await stage.newWorld();
});
afterAll(() => stage[Symbol.asyncDispose]());

const rests = (id: string) => world.message(id).folder;

describe('an owner who wants a staged message', () => {
  it('back gets it back as it was, with what they did to it meanwhile', async () => {
    const actions = [
      { actionType: 'markRead', order: 0 },
      { actionType: 'categorize', category: 'Spam', order: 1 },
      { actionType: 'delete', order: 2 },
    ] as const;
    await Rule.updateOne({ _id: world.rule._id }, { $set: { actions } });
    const id = await world.stage({ categories: ['Blue'] });
    const { does } = world.sync.person;
    expect(world.message(id)).toMatchObject({ folder: 'MSEDB Staging', isRead: true, categories: ['Blue', 'Spam'] });
    does.flag(id);
    does.categorize(id, ['Blue', 'Spam', 'Mine']);

    const [result] = await world.wish('rescue', [id]);
    const again = await world.wish('rescue', [id]);

    expect(result).toMatchObject({ ok: true, status: 'rescued' });
    expect(again).toEqual([result]);
    expect(world.message(id)).toEqual({
      folder: 'Inbox',
      isRead: false,
      flag: 'flagged',
      categories: ['Blue', 'Mine'],
    });
    expect((await world.acts(id)).map(({ action }) => action)).toEqual(['email_staged', 'email_rescued']);
    expect(await world.wish('execute', [id])).toMatchObject([{ ok: false, error: { code: 'not_staged' } }]);
  });

  it('back finds it in the inbox when its folder is gone', async () => {
    const fromFolder = world.sync.folderId('Reading');
    await Rule.updateOne({ _id: world.rule._id }, { $set: { 'conditions.fromFolder': fromFolder } });
    const id = await world.stage({ folder: 'Reading' });
    world.sync.person.does.deleteFolder('Reading');

    await world.wish('rescue', [id]);

    expect(rests(id)).toBe('Inbox');
    expect((await world.act(id, 'email_rescued')).details?.['why']).toBe(
      'You have asked for it back. The folder that it came from is gone, so it is in the inbox.',
    );
  });

  it('deleted now need not wait, and one that is over is refused', async () => {
    const [now, gone] = [await world.stage(), await world.stage()];
    world.sync.person.does.purge(gone);

    const results = await world.wish('execute', [now, gone]);

    expect(results).toMatchObject([
      { ok: true, status: 'executed' },
      { ok: false, error: { code: 'message_gone' } },
    ]);
    expect(rests(now)).toBe('Deleted Items');
    expect((await world.act(now, 'email_executed')).details).toMatchObject({ cause: 'owner' });
    expect(await world.wish('rescue', [now, gone])).toMatchObject([
      { ok: false, error: { code: 'not_staged' } },
      { ok: false, error: { code: 'not_staged' } },
    ]);
  });

  it('back is told when Graph cannot do it now, and gets it back later all the same', async () => {
    const id = await world.stage();
    stage.emulator.faults.add({ kind: 503, method: 'POST', mailbox: world.sync.person.email });

    const failed = await world.wish('rescue', [id]);
    stage.emulator.faults.clear();

    expect(failed).toMatchObject([{ ok: false, error: { status: 503, code: 'graph_unavailable' } }]);
    expect(await world.row(id)).toMatchObject({ status: 'rescuing', fault: { count: 1 } });
    await world.keepHouse();
    expect(rests(id)).toBe('Inbox');
    expect((await world.row(id)).status).toBe('rescued');
  });

  it('back while it is being executed: one of the two wins, and both agree which', async () => {
    const ids = [await world.stage(), await world.stage(), await world.stage(), await world.stage()];
    world.skewMs = laterMs;

    const [, results] = await Promise.all([world.keepHouse(), world.wish('rescue', [...ids])]);

    for (const [index, id] of ids.entries()) {
      const { status } = await world.row(id);
      expect(status).toMatch(/^(executed|rescued)$/);
      expect(rests(id)).toBe(status === 'executed' ? 'Deleted Items' : 'Inbox');
      expect(results[index]?.ok).toBe(status === 'rescued');
      const done = (await world.acts(id)).filter(({ details }) => details?.['result'] === 'done');
      expect(done).toHaveLength(2);
    }
  });

  it('back has asked for it before others leave the mailbox, and gets it once they have', async () => {
    const id = await world.stage();
    const deps = { graphOf: () => world.client, clock: Date.now };
    const options = { mailboxId: world.mailboxId, signal: new AbortController().signal, waitMs: 0 };

    const { wish } = await inSession(deps, options, async () => {
      const asked = world.wish('rescue', [id]);
      await expect.poll(async () => (await world.row(id)).status).toBe('rescuing');
      return { wish: asked };
    });

    expect(await wish).toMatchObject([{ ok: true, status: 'rescued' }]);
    expect(rests(id)).toBe('Inbox');
  });
});
