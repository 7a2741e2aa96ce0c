import { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/lib/errors.ts';
import { AuditLog } from '../../../../src/models/index.ts';
import { placeFinder } from '../../../../src/models/fields/folder-kinds.ts';
import { readRuleActs } from '../../../../src/patterns/analysis/rule-acts.ts';
import { buildAuditLog } from '../../../factories/audit-log.ts';
import { type StagingStage, startStagingStage } from '../staging/staging-stage.ts';
import type { StagingWorld } from '../staging/staging-world.ts';

const draft = { categories: ['Blue', 'Green'], isRead: true, flagStatus: 'complete' } as const;
const asDelivered = { folder: 'Inbox', isRead: true, flag: 'complete', categories: ['Blue', 'Green'] };

let stage: StagingStage;
let world: StagingWorld;
beforeAll(async () => {
  stage = await startStagingStage();
});
beforeEach(async () => {
  world = await stage.newWorld();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A rule moves, flags and categorizes a message. */
async function acted(): Promise<string> {
  const id = await world.actOn(
    [
      { actionType: 'flag', order: 0 },
      { actionType: 'categorize', category: 'Spam', order: 1 },
      { actionType: 'move', toFolder: world.sync.folderId('Reading'), order: 2 },
    ],
    draft,
  );
  expect(world.message(id)).toMatchObject({ folder: 'Reading', flag: 'flagged' });
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
  const { userId, mailboxId } = world.sync;
  const owner = { userId, mailboxId, placeOf: placeFinder(await world.sync.row()) };
  const acts = await readRuleActs(owner, [world.rule._id.toHexString()], new Date(0));
  return acts.map(({ isContradicted }) => isContradicted);
}

describe('undoing', () => {
  it('restores folder, read, flag and categories exactly, wherever the message is now', async () => {
    const id = await acted();
    const { does } = world.sync.person;
    does.move(id, 'archive');
    does.categorize(id, ['Mine']);
    does.markRead(id, false);
    const act = await world.act(id, 'rule_executed');

    const undone = await world.undo(act._id);

    expect(world.message(id)).toEqual(asDelivered);
    expect(undone.restored).toEqual(act.details?.['before']);
    expect(await world.act(id, 'rule_executed')).toMatchObject({
      undoneAt: expect.any(Date),
      undoneBy: world.sync.userId,
    });
    expect(await world.act(id, 'undo_action')).toMatchObject({
      undoable: false,
      details: { undoes: act._id.toHexString(), result: 'done', cause: 'owner' },
    });
    expect(await contradicted()).toEqual([true]);
    expect(await refusalOf(world.undo(act._id))).toBe('already_undone');
  });

  it('a deletion takes the message back to where it was before it was staged, and both are undone', async () => {
    const id = await world.stage(draft);
    await world.keepHouse();
    const executed = await world.act(id, 'email_executed');

    await world.undo(executed._id);

    expect(world.message(id)).toEqual(asDelivered);
    const staged = await world.act(id, 'email_staged');
    expect(staged.undoneAt).toEqual((await world.act(id, 'email_executed')).undoneAt);
    expect(await refusalOf(world.undo(staged._id))).toBe('already_undone');
    expect(await contradicted()).toEqual([true]);
  });

  it('a staging takes it out of those that wait, or back from Deleted Items', async () => {
    const [waiting, deleted] = [await world.stage(draft), await world.stage(draft)];
    await world.wish('execute', [deleted]);

    for (const id of [waiting, deleted]) await world.undo((await world.act(id, 'email_staged'))._id);

    expect([waiting, deleted].map((id) => world.message(id))).toEqual([asDelivered, asDelivered]);
    expect(await world.row(waiting)).toMatchObject({ status: 'rescued', rescueReason: 'undone' });
    expect((await world.act(deleted, 'email_executed')).undoneAt).toBeInstanceOf(Date);
    expect(await refusalOf(world.undo((await world.act(deleted, 'email_executed'))._id))).toBe('already_undone');
    expect((await world.keepHouse()).executed).toBe(0);
  });

  it('twice at once succeeds once', async () => {
    const id = await acted();
    const { _id } = await world.act(id, 'rule_executed');

    const results = await Promise.allSettled([world.undo(_id), world.undo(_id), world.undo(_id)]);

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = results.flatMap((result) => (result.status === 'rejected' ? [Object(result.reason).code] : []));
    expect(codes).toEqual(['already_undone', 'already_undone']);
    expect((await world.acts(id)).filter(({ action }) => action === 'undo_action')).toHaveLength(1);
    expect(world.message(id)).toEqual(asDelivered);
  });

  it('of what a rule did not do after all is refused, as is what is no act, not theirs, or too old', async () => {
    const id = await acted();
    const { _id } = await world.act(id, 'rule_executed');
    const made = await buildAuditLog({ userId: world.sync.userId });
    const others = await buildAuditLog();
    const staged = await world.stage();
    await world.undo(_id);

    expect(await refusalOf(world.undo(made._id))).toBe('not_undoable');
    expect(await refusalOf(world.undo(others._id))).toBe('not_found');
    expect(await refusalOf(world.undo(new Types.ObjectId()))).toBe('not_found');
    expect(await refusalOf(world.undo((await world.act(id, 'undo_action'))._id))).toBe('not_undoable');
    expect(await refusalOf(world.undo((await world.act(staged, 'rule_executed'))._id, { undoDays: 0 }))).toBe(
      'undo_expired',
    );
  });
});

describe('undoing that cannot succeed', () => {
  it('says so, writes nothing while the kill switch is on, and can be repeated', async () => {
    const id = await acted();
    const { _id } = await world.act(id, 'rule_executed');
    await world.pause(true);
    const { writes } = world;

    expect(await refusalOf(world.undo(_id))).toBe('automation_paused');

    expect(world.writes).toBe(writes);
    await world.pause(false);
    stage.emulator.faults.add({ kind: 503, path: '/move', mailbox: world.sync.person.email });
    expect(await refusalOf(world.undo(_id))).toBe('graph_unavailable');
    expect((await world.act(id, 'rule_executed')).undoneAt).toBeUndefined();
    stage.emulator.faults.clear();
    await world.undo(_id);
    expect(world.message(id)).toEqual(asDelivered);
    expect((await world.act(id, 'rule_executed')).undoneAt).toBeInstanceOf(Date);
  });

  it('says that the folder or the message is gone, and leaves it undoable', async () => {
    const [id, gone] = [await acted(), await acted()];
    const { does } = world.sync.person;
    const { _id } = await world.act(id, 'rule_executed');
    await AuditLog.updateOne({ _id }, { $set: { 'details.before.folderId': does.createFolder('Old').id } });
    does.deleteFolder('Old');
    does.purge(gone);
    const { writes } = world;

    expect(await refusalOf(world.undo(_id))).toBe('folder_gone');
    expect(await refusalOf(world.undo((await world.act(gone, 'rule_executed'))._id))).toBe('message_gone');

    expect(world.writes).toBe(writes);
    for (const one of [id, gone]) {
      const row = await world.act(one, 'rule_executed');
      expect(row).toMatchObject({ undoable: true });
      expect(row.undoneAt).toBeUndefined();
    }
  });
});
