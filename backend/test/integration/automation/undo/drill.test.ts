import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drillMailbox } from '../../../../src/automation/undo/undo-drill.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { AuditLog, Mailbox, Notification } from '../../../../src/models/index.ts';
import { type StagingStage, startStagingStage } from '../staging/staging-stage.ts';
import type { StagingWorld } from '../staging/staging-world.ts';

let stage: StagingStage;
let world: StagingWorld;
beforeAll(async () => {
  stage = await startStagingStage();
});
beforeEach(async () => {
  world = await stage.newWorld();
});
afterAll(() => stage[Symbol.asyncDispose]());

function drill(aheadMs = 0) {
  const deps = { graphOf: () => world.client, clock: () => Date.now() + aheadMs, undoDays: 30 };
  return drillMailbox(deps, { mailboxId: world.mailboxId, signal: new AbortController().signal });
}

const alarms = () => Notification.find({ userId: world.userId }).lean();

describe('the undo drill', () => {
  it('looks once a day whether an act could still be undone, and writes nothing to the mailbox', async () => {
    expect(await drill()).toBe('nothing');
    await world.stage();
    const { writes } = world;

    expect(await drill()).toBe('early');
    expect(await drill(dayMs)).toBe('passed');

    expect(world.writes).toBe(writes);
    expect(await alarms()).toEqual([]);
    expect((await Mailbox.findById(world.mailboxId).lean())?.lastDrillAt?.getTime()).toBeGreaterThan(Date.now());
  });

  it('tells the owner once when the folder or the message is not there any more', async () => {
    const id = await world.stage();
    const { _id } = await world.act(id, 'email_staged');
    const { does } = world.sync.person;
    await AuditLog.updateOne({ _id }, { $set: { 'details.before.folderId': does.createFolder('Old').id } });
    expect(await drill()).toBe('passed');
    does.deleteFolder('Old');

    expect(await drill(dayMs)).toBe('failed');
    await Mailbox.updateOne({ _id: world.mailboxId }, { $unset: { lastDrillAt: 1 } });
    expect(await drill(dayMs)).toBe('failed');

    expect(await alarms()).toMatchObject([{ type: 'system', priority: 'high' }]);
  });

  it('leaves out what its owner has deleted for good, and waits when Graph wants to be left alone', async () => {
    const id = await world.stage();
    stage.emulator.faults.add({ kind: 429, retryAfterSeconds: 120, mailbox: world.sync.person.email, times: 1 });
    expect(await drill()).toBe('later');
    world.sync.person.does.purge(id);
    await world.sync.sync();

    expect(await drill()).toBe('nothing');

    expect(await alarms()).toEqual([]);
  });
});
