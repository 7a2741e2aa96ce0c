import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drillMailbox } from '../../../../src/automation/undo/undo-drill.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { AuditLog, Mailbox, Notification } from '../../../../src/models/index.ts';
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

function drill(aheadMs = 0) {
  const deps = { graphOf: () => fixture.client, clock: () => Date.now() + aheadMs, undoDays: 30 };
  return drillMailbox(deps, { mailboxId: fixture.mailboxId, signal: new AbortController().signal });
}

const alarms = () => Notification.find({ userId: fixture.userId }).lean();

describe('the undo drill', () => {
  it('looks once a day whether an act could still be undone, and writes nothing to the mailbox', async () => {
    expect(await drill()).toBe('nothing');
    await fixture.stage();
    const { writes } = fixture;

    expect(await drill()).toBe('early');
    expect(await drill(dayMs)).toBe('passed');

    expect(fixture.writes).toBe(writes);
    expect(await alarms()).toEqual([]);
    expect((await Mailbox.findById(fixture.mailboxId).lean())?.lastDrillAt?.getTime()).toBeGreaterThan(Date.now());
  });

  it('tells the owner once when the folder or the message is not there any more', async () => {
    const id = await fixture.stage();
    const { _id } = await fixture.act(id, 'email_staged');
    const { does } = fixture.sync.person;
    await AuditLog.updateOne({ _id }, { $set: { 'details.before.folderId': does.createFolder('Old').id } });
    expect(await drill()).toBe('passed');
    does.deleteFolder('Old');

    expect(await drill(dayMs)).toBe('failed');
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { $unset: { lastDrillAt: 1 } });
    expect(await drill(dayMs)).toBe('failed');

    expect(await alarms()).toMatchObject([{ type: 'system', priority: 'high' }]);
  });

  it('leaves out what its owner has deleted for good, and waits when Graph wants to be left alone', async () => {
    const id = await fixture.stage();
    suite.emulator.faults.add({ kind: 429, retryAfterSeconds: 120, mailbox: fixture.sync.person.email, times: 1 });
    expect(await drill()).toBe('later');
    fixture.sync.person.does.purge(id);
    await fixture.sync.sync();

    expect(await drill()).toBe('nothing');

    expect(await alarms()).toEqual([]);
  });
});
