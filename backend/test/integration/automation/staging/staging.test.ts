import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { extendBeforeResuming } from '../../../../src/automation/staging/extend-expiry.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { Mailbox, Rule, StagedEmail, User } from '../../../../src/models/index.ts';
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

describe('a staged message', () => {
  it('waits until it is due, and then goes to Deleted Items with an entry in the ledger', async () => {
    const id = await world.stage();
    const early = await world.stage();
    await StagedEmail.updateOne({ messageId: early }, { $set: { expiresAt: new Date(Date.now() + 3 * laterMs) } });

    const report = await world.keepHouse();

    expect(report).toEqual({ outcome: 'done', settled: 0, executed: 1, rescued: 0, expired: 0, failed: 0 });
    expect([rests(id), rests(early)]).toEqual(['Deleted Items', 'MSEDB Staging']);
    expect(await world.row(id)).toMatchObject({ status: 'executed', executedAt: expect.any(Date) });
    const staged = await world.act(id, 'email_staged');
    expect(await world.act(id, 'email_executed')).toMatchObject({
      undoable: true,
      details: {
        cause: 'expiry',
        result: 'done',
        ruleName: 'Throw away',
        stagedBy: staged._id.toHexString(),
        before: { folderId: world.sync.folderId('MSEDB Staging') },
        change: { folderId: world.sync.folderId('deleteditems') },
        why: 'It waited to be deleted by the rule “Throw away”. Its time in the staging folder was over.',
      },
    });
  });

  it('is put back when its rule is off, or its sender protected by then', async () => {
    const [off, marked] = [await world.stage(), await world.stage()];
    await Rule.updateOne({ _id: world.rule._id }, { $set: { isEnabled: false } });
    await StagedEmail.updateOne({ messageId: marked }, { $set: { status: 'rescuing', rescueReason: 'rule_off' } });
    await world.keepHouse();
    await Rule.updateOne({ _id: world.rule._id }, { $set: { isEnabled: true } });
    const listed = await world.stage();
    await Mailbox.updateOne({ _id: world.mailboxId }, { $set: { 'settings.whitelistedDomains': ['shop.example'] } });
    await world.keepHouse();

    expect([off, marked, listed].map(rests)).toEqual(['Inbox', 'Inbox', 'Inbox']);
    expect((await world.row(marked)).rescueReason).toBe('rule_off');
    expect((await world.row(off)).rescueReason).toBe('rule_off');
    expect(await world.row(listed)).toMatchObject({ status: 'rescued', rescueReason: 'whitelisted' });
    expect((await world.act(off, 'email_staged')).undoable).toBe(false);
  });

  it('is left where its owner has put it', async () => {
    const [moved, deleted, purged] = [await world.stage(), await world.stage(), await world.stage()];
    const { does } = world.sync.person;
    does.move(moved, 'Reading');
    does.delete(deleted);
    does.purge(purged);
    const { writes } = world;

    expect(await world.keepHouse()).toMatchObject({ rescued: 1, executed: 1, expired: 1 });

    expect(world.writes).toBe(writes);
    expect([rests(moved), rests(deleted)]).toEqual(['Reading', 'Deleted Items']);
    expect(await world.row(moved)).toMatchObject({ status: 'rescued', rescueReason: 'moved_by_owner' });
    expect((await world.act(moved, 'email_rescued')).details).toMatchObject({ cause: 'moved_by_owner', change: {} });
    expect(await world.row(deleted)).toMatchObject({ status: 'executed' });
    expect((await world.act(deleted, 'email_executed')).undoable).toBe(false);
    expect((await world.row(purged)).status).toBe('expired');
  });

  it('is deleted with a folder of Deleted Items that nobody has seen yet', async () => {
    const id = await world.stage();
    const { does } = world.sync.person;
    does.createFolder('Old', 'deleteditems');
    does.move(id, 'Old');

    await world.keepHouse();

    expect(await world.row(id)).toMatchObject({ status: 'executed' });
  });

  it('keeps none of the others waiting when Graph fails with it, and is tried again later', async () => {
    const [bad, good] = [await world.stage(), await world.stage()];
    stage.emulator.faults.add({ kind: 500, path: `${encodeURIComponent(bad)}/move` });

    await expect(world.keepHouse()).resolves.toMatchObject({ executed: 1, failed: 1 });
    const failed = await world.row(bad);
    stage.emulator.faults.clear();
    world.skewMs = laterMs;
    await world.keepHouse();

    expect(rests(good)).toBe('Deleted Items');
    expect(failed).toMatchObject({ status: 'staged', fault: { count: 1, message: expect.stringContaining('500') } });
    expect(failed.nextTryAt?.getTime()).toBeGreaterThan(Date.now() + laterMs - 60_000);
    expect(rests(bad)).toBe('MSEDB Staging');
    await StagedEmail.updateOne({ messageId: bad }, { $set: { nextTryAt: new Date() } });
    await world.keepHouse();
    expect(rests(bad)).toBe('Deleted Items');
    expect((await world.row(bad)).fault).toBeUndefined();
  });

  it('waits for Graph when the mailbox is to be left alone', async () => {
    const id = await world.stage();
    stage.emulator.faults.add({ kind: 429, retryAfterSeconds: 120, mailbox: world.sync.person.email, times: 1 });

    expect(await world.keepHouse()).toMatchObject({ outcome: 'throttled', retryAfterMs: expect.any(Number) });

    expect((await world.row(id)).fault).toBeUndefined();
  });

  it('that was claimed and left behind is brought to its end, or waits again if it has time', async () => {
    const [due, undue] = [await world.stage(), await world.stage()];
    await StagedEmail.updateMany({ mailboxId: world.mailboxId }, { $set: { status: 'executing' } });
    await StagedEmail.updateOne({ messageId: undue }, { $set: { expiresAt: new Date(Date.now() + 3 * laterMs) } });

    await world.keepHouse();

    expect([rests(due), rests(undue)]).toEqual(['Deleted Items', 'MSEDB Staging']);
    expect((await world.row(undue)).status).toBe('staged');
  });
});

describe('while the kill switch is on', () => {
  it('nothing is written, and what is overdue gets its full time again when it is put off', async () => {
    const [due, asked] = [await world.stage(), await world.stage()];
    await StagedEmail.updateOne({ messageId: asked }, { $set: { status: 'rescuing', rescueReason: 'rule_off' } });
    await StagedEmail.updateOne({ messageId: due }, { $set: { status: 'executing' } });
    await world.pause(true);
    const { writes } = world;

    expect(await world.keepHouse()).toMatchObject({ executed: 0, rescued: 0 });
    const refused = [...(await world.wish('rescue', [due])), ...(await world.wish('execute', [due]))];

    expect(refused.map((result) => !result.ok && result.error.code)).toEqual([
      'automation_paused',
      'automation_paused',
    ]);
    expect(world.writes).toBe(writes);
    const now = Date.now() + laterMs;
    expect(
      await extendBeforeResuming({ userId: world.userId, mailboxId: world.mailboxId, stagingHours: 24, now }),
    ).toBe(1);
    await world.pause(false);
    await world.keepHouse();
    expect([rests(due), rests(asked)]).toEqual(['MSEDB Staging', 'Inbox']);
    expect(await world.row(due)).toMatchObject({ status: 'staged' });
    expect((await world.row(due)).expiresAt.getTime()).toBeGreaterThan(now + laterMs - 120_000);
  });

  it('or its owner is deactivated, what is overdue gets its full time again before they come back', async () => {
    const due = await world.stage();
    const { userId } = world;
    const grace = { userId, stagingHours: 24, now: Date.now() + laterMs };
    const extended = [await extendBeforeResuming(grace)];
    await User.updateOne({ _id: userId }, { $set: { isActive: false } });

    extended.push(await extendBeforeResuming(grace));

    expect(extended).toEqual([0, 1]);
    expect((await world.row(due)).expiresAt.getTime()).toBe(grace.now + dayMs);
  });

  it('put on between two writes, it lets only the first one through, and the ledger says so', async () => {
    await Rule.updateOne(
      { _id: world.rule._id },
      {
        $set: {
          actions: [
            { actionType: 'markRead', order: 0 },
            { actionType: 'delete', order: 1 },
          ],
        },
      },
    );
    const id = await world.stage();
    const { _id } = await world.row(id);
    const { client } = world;
    const switchedOn = {
      ...client,
      send: (async (request, options, onAnswer) => {
        const answer = await client.send(request, options, onAnswer);
        if (request.method === 'PATCH') await world.pause(true);
        return answer;
      }) as typeof client.send,
    };
    await StagedEmail.updateOne({ _id }, { $set: { status: 'rescuing', rescueReason: 'owner' } });

    await world.keepHouse(() => switchedOn);

    expect(world.message(id)).toMatchObject({ folder: 'MSEDB Staging', isRead: false });
    expect((await world.act(id, 'email_rescued')).details).toMatchObject({
      result: 'paused',
      change: { isRead: false },
      intended: { folderId: world.sync.folderId('inbox'), isRead: false },
    });
    expect((await world.row(id)).status).toBe('rescuing');
  });
});

describe('mail that became due while its mailbox was disconnected', () => {
  it('waits for its full time again, so that its owner can get it back', async () => {
    const [before, after] = [await world.stage(), await world.stage()];
    const connectedAt = new Date();
    const [old, past] = [connectedAt.getTime() - laterMs, connectedAt.getTime() - 1];
    await StagedEmail.updateOne(
      { messageId: before },
      { $set: { stagedAt: new Date(old), expiresAt: new Date(past) } },
    );
    await StagedEmail.updateOne({ messageId: after }, { $set: { expiresAt: new Date(past) } });
    await Mailbox.updateOne({ _id: world.mailboxId }, { $set: { connectedAt: new Date(past + 1) } });
    await StagedEmail.updateOne({ messageId: after }, { $set: { stagedAt: new Date(past + 1) } });

    expect(await world.keepHouse()).toMatchObject({ executed: 1 });

    expect([rests(before), rests(after)]).toEqual(['MSEDB Staging', 'Deleted Items']);
    expect((await world.row(before)).expiresAt.getTime()).toBeGreaterThan(Date.now() + laterMs);
  });
});
