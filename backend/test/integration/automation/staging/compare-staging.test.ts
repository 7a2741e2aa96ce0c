import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog, EmailEvent, Mailbox, MessageState, StagedEmail } from '../../../../src/models/index.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { openIntent } from '../../../../src/models/store/intent-log.ts';
import { Types } from 'mongoose';
import type { StagingFixture } from './staging-fixture.ts';
import { type StagingSuite, startStagingSuite } from './staging-suite-fixture.ts';

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
const does = () => fixture.sync.person.does;
const rows = (messageId: string) => StagedEmail.find({ messageId }).sort({ _id: 1 }).lean();

/** Removes everything that MSEDB knows of a message, as an older backup would. */
async function forget(messageId: string): Promise<void> {
  await StagedEmail.deleteMany({ messageId });
  await AuditLog.deleteMany({ targetId: messageId });
  await EmailEvent.deleteMany({ messageId });
  await MessageState.deleteMany({ messageId });
}

describe('a message in the staging folder without a row', () => {
  it('gets one, with a new grace period and a reason in words', async () => {
    const id = await fixture.stage();
    await forget(id);

    expect(await fixture.runMaintenance({ at: 'now' })).toMatchObject({ outcome: 'done', found: 1 });

    const row = await fixture.row(id);
    expect(row).toMatchObject({ status: 'staged', reason: 'found', originalFolder: fixture.sync.folderId('inbox') });
    expect(row).not.toHaveProperty('ruleId');
    expect(row.expiresAt.getTime() - row.stagedAt.getTime()).toBeGreaterThan(dayMs - 60_000);
    const act = await fixture.act(id, 'email_found');
    expect(act).toMatchObject({ undoable: false, details: { result: 'done', why: expect.stringMatching(/found/) } });
    expect(act.openSince).toBeUndefined();
    expect(rests(id)).toBe('MSEDB Staging');
  });

  it('gets one only once, and writes nothing to the mailbox, paused or not', async () => {
    const id = await fixture.stage();
    await forget(id);
    await fixture.pause(true);
    const before = fixture.writes;

    const reports = [await fixture.runMaintenance({ at: 'now' }), await fixture.runMaintenance({ at: 'now' })];

    expect(reports.map(({ found }) => found)).toEqual([1, 0]);
    expect(await rows(id)).toHaveLength(1);
    expect(await AuditLog.countDocuments({ targetId: id, action: 'email_found' })).toBe(1);
    expect(fixture.writes).toBe(before);
  });

  it('is rescued to the folder that it came from, as far as that is known', async () => {
    const [known, unknown] = [await fixture.stage(), await fixture.stage()];
    await forget(unknown);
    await StagedEmail.deleteMany({ messageId: known });
    const reading = fixture.sync.folderId('Reading');
    await AuditLog.updateOne({ targetId: known }, { $set: { 'details.before.folderId': reading } });
    await fixture.runMaintenance({ at: 'now' });

    const results = await fixture.request('rescue', [known, unknown]);

    expect(results).toMatchObject([{ ok: true }, { ok: true }]);
    expect([known, unknown].map(rests)).toEqual(['Reading', 'Inbox']);
    expect((await rows(known))[0]?.ruleId).toEqual(fixture.rule._id);
  });

  it('came from its last known folder when the log does not say', async () => {
    const id = await fixture.stage();
    await StagedEmail.deleteMany({ messageId: id });
    await AuditLog.deleteMany({ targetId: id });
    await MessageState.updateOne({ messageId: id }, { $set: { folderId: fixture.sync.folderId('Reading') } });

    await fixture.runMaintenance({ at: 'now' });

    expect((await fixture.row(id)).originalFolder).toBe(fixture.sync.folderId('Reading'));
  });

  it('is deleted when its new time is over, and that can be undone', async () => {
    const id = await fixture.stage();
    await forget(id);
    await fixture.runMaintenance({ at: 'now' });

    await fixture.runMaintenance();

    expect(rests(id)).toBe('Deleted Items');
    const { _id, details } = await fixture.act(id, 'email_executed');
    expect(details).toMatchObject({ why: expect.stringMatching(/^It was found in the staging folder\. Its time/) });
    await fixture.undo(_id);
    expect(rests(id)).toBe('Inbox');
  });

  it('is found by the name of the folder when its id is not known, or another', async () => {
    const id = await fixture.stage();
    await forget(id);
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { $unset: { stagingFolderId: 1 } });

    await fixture.runMaintenance({ at: 'now' });

    expect(await fixture.row(id)).toMatchObject({ status: 'staged' });
    expect(await Mailbox.findById(fixture.mailboxId).lean()).toHaveProperty('stagingFolderId');
  });

  it('is left to recovery while an action on it is open', async () => {
    const id = await fixture.stage();
    await forget(id);
    const intent = { userId: fixture.userId, mailboxId: fixture.mailboxId, targetType: 'email', targetId: id } as const;
    await openIntent({ ...intent, _id: new Types.ObjectId(), action: 'email_staged', details: {} }, new Date());

    expect(await fixture.runMaintenance({ at: 'now' })).toMatchObject({ found: 0 });
    expect(await rows(id)).toEqual([]);
  });

  it('is one of many: each gets a row, page by page, and no body is read', async () => {
    await fixture.stage();
    const { mailbox } = fixture.sync.person;
    const folder = mailbox.folders.idByAnyName('MSEDB Staging');
    const ids = Array.from({ length: 1_100 }, (_none, index) => {
      const { id } = does().deliver({ from: 'list@shop.example', subject: `Offer ${index}` });
      does().move(id, folder);
      return id;
    });

    let found = 0;
    for (let outcome = 'unfinished'; outcome === 'unfinished'; ) {
      const report = await fixture.runMaintenance({ at: 'now' });
      ({ outcome } = report);
      found += report.found;
    }

    expect(found).toBe(ids.length);
    expect(await StagedEmail.countDocuments({ mailboxId: fixture.mailboxId, reason: 'found' })).toBe(ids.length);
    expect(suite.emulator.privacy.report()).toMatchObject({ refused: [], violations: [] });
  });
});

describe('a row whose message has left the staging folder', () => {
  it.each([
    ['moved out by its owner', 'moved', 'rescued'],
    ['deleted by its owner', 'deleted', 'executed'],
    ['gone for good', 'gone', 'expired'],
  ] as const)('is settled as soon as that is seen: %s', async (_how, end, status) => {
    const id = await fixture.stage();
    await fixture.sync.sync();
    if (end === 'moved') does().move(id, fixture.sync.folderId('Reading'));
    if (end === 'deleted') does().delete(id);
    if (end === 'gone') does().purge(id);
    await fixture.sync.sync();
    await fixture.automate();

    expect(await fixture.row(id)).toMatchObject({ status });
  });

  it('is settled by the comparison when nothing was seen, also while automation is paused', async () => {
    const [moved, stays] = [await fixture.stage(), await fixture.stage()];
    does().move(moved, fixture.sync.folderId('Reading'));
    await fixture.pause(true);

    expect(await fixture.runMaintenance({ at: 'now' })).toMatchObject({ settled: 1 });

    expect(await fixture.row(moved)).toMatchObject({ status: 'rescued', rescueReason: 'moved_by_owner' });
    expect(await fixture.row(stays)).toMatchObject({ status: 'staged' });
  });
});

describe('an owner who leaves', () => {
  it('gets back the mail that has no row as well', async () => {
    const [known, orphan] = [await fixture.stage(), await fixture.stage()];
    await forget(orphan);

    expect(await fixture.handBack(async () => undefined)).toEqual({ left: 0 });

    expect([known, orphan].map(rests)).toEqual(['Inbox', 'Inbox']);
    expect(await fixture.row(orphan)).toMatchObject({ status: 'rescued', rescueReason: 'mailbox_left' });
  });

  it('is told of the mail without a row that stays while the kill switch is on', async () => {
    const orphan = await fixture.stage();
    await forget(orphan);
    await fixture.pause(true);

    expect(await fixture.handBack(async () => undefined)).toEqual({ left: 1 });
    expect(rests(orphan)).toBe('MSEDB Staging');
  });
});
