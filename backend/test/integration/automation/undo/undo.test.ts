import { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/lib/errors.ts';
import { AuditLog } from '../../../../src/models/index.ts';
import { folderKindFinder } from '../../../../src/models/fields/folder-kinds.ts';
import { readRuleExecutions } from '../../../../src/patterns/analysis/rule-executions.ts';
import { buildAuditLog } from '../../../factories/audit-log.ts';
import { type StagingSuite, startStagingSuite } from '../staging/staging-suite-fixture.ts';
import type { StagingFixture } from '../staging/staging-fixture.ts';

const draft = { categories: ['Blue', 'Green'], isRead: true, flagStatus: 'complete' } as const;
const asDelivered = { folder: 'Inbox', isRead: true, flag: 'complete', categories: ['Blue', 'Green'] };

let suite: StagingSuite;
let fixture: StagingFixture;
beforeAll(async () => {
  suite = await startStagingSuite();
});
beforeEach(async () => {
  fixture = await suite.newFixture();
});
afterAll(() => suite[Symbol.asyncDispose]());

/** A rule moves, flags and categorizes a message. */
async function acted(): Promise<string> {
  const id = await fixture.actOn(
    [
      { actionType: 'flag', order: 0 },
      { actionType: 'categorize', category: 'Spam', order: 1 },
      { actionType: 'move', toFolder: fixture.sync.folderId('Reading'), order: 2 },
    ],
    draft,
  );
  expect(fixture.message(id)).toMatchObject({ folder: 'Reading', flag: 'flagged' });
  return id;
}

/** The code that it is refused with. */
async function refusalOf(undoing: Promise<unknown>): Promise<string> {
  const thrown: unknown = await undoing.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof AppError)) throw new Error('It was not refused', { cause: thrown });
  return thrown.code;
}

async function contradicted(): Promise<boolean[]> {
  const { userId, mailboxId } = fixture.sync;
  const folderKindOf = folderKindFinder(await fixture.sync.row());
  const owner = { userId, mailboxId, folderKindOf, inGraphTime: (ours: Date) => ours };
  const acts = await readRuleExecutions(owner, [fixture.rule._id.toHexString()], new Date(0));
  return acts.map(({ isContradicted }) => isContradicted);
}

describe('undoing', () => {
  it('restores folder, read, flag and categories exactly, wherever the message is now', async () => {
    const id = await acted();
    const { does } = fixture.sync.person;
    does.move(id, 'archive');
    does.categorize(id, ['Mine']);
    does.markRead(id, false);
    const act = await fixture.act(id, 'rule_executed');

    const undone = await fixture.undo(act._id);

    expect(fixture.message(id)).toEqual(asDelivered);
    expect(undone.restored).toEqual(act.details?.['before']);
    expect(await fixture.act(id, 'rule_executed')).toMatchObject({
      undoneAt: expect.any(Date),
      undoneBy: fixture.sync.userId,
    });
    expect(await fixture.act(id, 'undo_action')).toMatchObject({
      undoable: false,
      details: { undoes: act._id.toHexString(), result: 'done', cause: 'owner' },
    });
    expect(await contradicted()).toEqual([true]);
    expect(await refusalOf(fixture.undo(act._id))).toBe('already_undone');
  });

  it('a deletion takes the message back to where it was before it was staged, and both are undone', async () => {
    const id = await fixture.stage(draft);
    await fixture.runMaintenance();
    const executed = await fixture.act(id, 'email_executed');

    await fixture.undo(executed._id);

    expect(fixture.message(id)).toEqual(asDelivered);
    const staged = await fixture.act(id, 'email_staged');
    expect(staged.undoneAt).toEqual((await fixture.act(id, 'email_executed')).undoneAt);
    expect(await refusalOf(fixture.undo(staged._id))).toBe('already_undone');
    expect(await contradicted()).toEqual([true]);
  });

  it('a staging takes it out of those that wait, or back from Deleted Items', async () => {
    const [waiting, deleted] = [await fixture.stage(draft), await fixture.stage(draft)];
    await fixture.request('execute', [deleted]);

    for (const id of [waiting, deleted]) await fixture.undo((await fixture.act(id, 'email_staged'))._id);

    expect([waiting, deleted].map((id) => fixture.message(id))).toEqual([asDelivered, asDelivered]);
    expect(await fixture.row(waiting)).toMatchObject({ status: 'rescued', rescueReason: 'undone' });
    expect((await fixture.act(deleted, 'email_executed')).undoneAt).toBeInstanceOf(Date);
    expect(await refusalOf(fixture.undo((await fixture.act(deleted, 'email_executed'))._id))).toBe('already_undone');
    expect((await fixture.runMaintenance()).executed).toBe(0);
  });

  it('twice at once succeeds once', async () => {
    const id = await acted();
    const { _id } = await fixture.act(id, 'rule_executed');

    const results = await Promise.allSettled([fixture.undo(_id), fixture.undo(_id), fixture.undo(_id)]);

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = results.flatMap((result) => (result.status === 'rejected' ? [Object(result.reason).code] : []));
    expect(codes).toEqual(['already_undone', 'already_undone']);
    expect((await fixture.acts(id)).filter(({ action }) => action === 'undo_action')).toHaveLength(1);
    expect(fixture.message(id)).toEqual(asDelivered);
  });

  it('of what a rule did not do after all is refused, as is what is no act, not theirs, or too old', async () => {
    const id = await acted();
    const { _id } = await fixture.act(id, 'rule_executed');
    const made = await buildAuditLog({ userId: fixture.sync.userId });
    const others = await buildAuditLog();
    const staged = await fixture.stage();
    await fixture.undo(_id);

    expect(await refusalOf(fixture.undo(made._id))).toBe('not_undoable');
    expect(await refusalOf(fixture.undo(others._id))).toBe('not_found');
    expect(await refusalOf(fixture.undo(new Types.ObjectId()))).toBe('not_found');
    expect(await refusalOf(fixture.undo((await fixture.act(id, 'undo_action'))._id))).toBe('not_undoable');
    expect(await refusalOf(fixture.undo((await fixture.act(staged, 'rule_executed'))._id, { undoDays: 0 }))).toBe(
      'undo_expired',
    );
  });
});

describe('undoing that cannot succeed', () => {
  it('says so, writes nothing while the kill switch is on, and can be repeated', async () => {
    const id = await acted();
    const { _id } = await fixture.act(id, 'rule_executed');
    await fixture.pause(true);
    const { writes } = fixture;

    expect(await refusalOf(fixture.undo(_id))).toBe('automation_paused');

    expect(fixture.writes).toBe(writes);
    await fixture.pause(false);
    suite.emulator.faults.add({ kind: 503, path: '/move', mailbox: fixture.sync.person.email });
    expect(await refusalOf(fixture.undo(_id))).toBe('graph_unavailable');
    expect((await fixture.act(id, 'rule_executed')).undoneAt).toBeUndefined();
    suite.emulator.faults.clear();
    await fixture.undo(_id);
    expect(fixture.message(id)).toEqual(asDelivered);
    expect((await fixture.act(id, 'rule_executed')).undoneAt).toBeInstanceOf(Date);
  });

  it('says that the folder or the message is gone, and leaves it undoable', async () => {
    const [id, gone] = [await acted(), await acted()];
    const { does } = fixture.sync.person;
    const { _id } = await fixture.act(id, 'rule_executed');
    await AuditLog.updateOne({ _id }, { $set: { 'details.before.folderId': does.createFolder('Old').id } });
    does.deleteFolder('Old');
    does.purge(gone);
    const { writes } = fixture;

    expect(await refusalOf(fixture.undo(_id))).toBe('folder_gone');
    expect(await refusalOf(fixture.undo((await fixture.act(gone, 'rule_executed'))._id))).toBe('message_gone');

    expect(fixture.writes).toBe(writes);
    for (const one of [id, gone]) {
      const row = await fixture.act(one, 'rule_executed');
      expect(row).toMatchObject({ undoable: true });
      expect(row.undoneAt).toBeUndefined();
    }
  });
});
