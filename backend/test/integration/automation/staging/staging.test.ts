import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { extendBeforeResuming } from '../../../../src/automation/staging/extend-expiry.ts';
import { dayMs } from '../../../../src/lib/durations.ts';
import { Mailbox, Rule, StagedEmail, User } from '../../../../src/models/index.ts';
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

describe('a staged message', () => {
  it('waits until it is due, and then goes to Deleted Items with an entry in the ledger', async () => {
    const id = await fixture.stage();
    const early = await fixture.stage();
    await StagedEmail.updateOne({ messageId: early }, { $set: { expiresAt: new Date(Date.now() + 3 * laterMs) } });

    const report = await fixture.runMaintenance();

    expect(report).toEqual({
      outcome: 'done',
      recovered: 0,
      executed: 1,
      rescued: 0,
      expired: 0,
      failed: 0,
      found: 0,
      settled: 0,
    });
    expect([rests(id), rests(early)]).toEqual(['Deleted Items', 'MSEDB Staging']);
    expect(await fixture.row(id)).toMatchObject({ status: 'executed', executedAt: expect.any(Date) });
    const staged = await fixture.act(id, 'email_staged');
    expect(await fixture.act(id, 'email_executed')).toMatchObject({
      undoable: true,
      details: {
        cause: 'expiry',
        result: 'done',
        ruleName: 'Throw away',
        stagedBy: staged._id.toHexString(),
        before: { folderId: fixture.sync.folderId('MSEDB Staging') },
        change: { folderId: fixture.sync.folderId('deleteditems') },
        why: expect.stringContaining('“Throw away”'),
      },
    });
  });

  it('waits for a week when its rule is likely only', async () => {
    await Rule.updateOne({ _id: fixture.rule._id }, { $set: { stagingHours: 168 } });

    const { stagedAt, expiresAt } = (await fixture.row(await fixture.stage())) ?? {};

    expect((expiresAt?.getTime() ?? 0) - (stagedAt?.getTime() ?? 0)).toBeGreaterThan(6.9 * dayMs);
  });

  it('is put back when its rule is off, or its sender protected by then', async () => {
    const [off, marked] = [await fixture.stage(), await fixture.stage()];
    await Rule.updateOne({ _id: fixture.rule._id }, { $set: { isEnabled: false } });
    await StagedEmail.updateOne({ messageId: marked }, { $set: { status: 'rescuing', rescueReason: 'rule_off' } });
    await fixture.runMaintenance();
    await Rule.updateOne({ _id: fixture.rule._id }, { $set: { isEnabled: true } });
    const listed = await fixture.stage();
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { $set: { 'settings.whitelistedDomains': ['shop.example'] } });
    await fixture.runMaintenance();

    expect([off, marked, listed].map(rests)).toEqual(['Inbox', 'Inbox', 'Inbox']);
    expect((await fixture.row(marked)).rescueReason).toBe('rule_off');
    expect((await fixture.row(off)).rescueReason).toBe('rule_off');
    expect(await fixture.row(listed)).toMatchObject({ status: 'rescued', rescueReason: 'whitelisted' });
    expect((await fixture.act(off, 'email_staged')).undoable).toBe(false);
  });

  it('is left where its owner has put it', async () => {
    const [moved, deleted, purged] = [await fixture.stage(), await fixture.stage(), await fixture.stage()];
    const { does } = fixture.sync.person;
    does.move(moved, 'Reading');
    does.delete(deleted);
    does.purge(purged);
    const { writes } = fixture;

    expect(await fixture.runMaintenance()).toMatchObject({ settled: 3 });

    expect(fixture.writes).toBe(writes);
    expect([rests(moved), rests(deleted)]).toEqual(['Reading', 'Deleted Items']);
    expect(await fixture.row(moved)).toMatchObject({ status: 'rescued', rescueReason: 'moved_by_owner' });
    expect((await fixture.act(moved, 'email_rescued')).details).toMatchObject({ cause: 'moved_by_owner', change: {} });
    expect(await fixture.row(deleted)).toMatchObject({ status: 'executed' });
    expect((await fixture.act(deleted, 'email_executed')).undoable).toBe(false);
    expect((await fixture.row(purged)).status).toBe('expired');
  });

  it('is deleted with a folder of Deleted Items that nobody has seen yet', async () => {
    const id = await fixture.stage();
    const { does } = fixture.sync.person;
    does.createFolder('Old', 'deleteditems');
    does.move(id, 'Old');

    await fixture.runMaintenance();

    expect(await fixture.row(id)).toMatchObject({ status: 'executed' });
  });

  it('keeps none of the others waiting when Graph fails with it, and is tried again later', async () => {
    const [bad, good] = [await fixture.stage(), await fixture.stage()];
    suite.emulator.faults.add({ kind: 500, path: `${encodeURIComponent(bad)}/move` });

    await expect(fixture.runMaintenance()).resolves.toMatchObject({ executed: 1, failed: 1 });
    const failed = await fixture.row(bad);
    suite.emulator.faults.clear();
    fixture.skewMs = laterMs;
    await fixture.runMaintenance();

    expect(rests(good)).toBe('Deleted Items');
    expect(failed).toMatchObject({ status: 'staged', fault: { count: 1, message: expect.stringContaining('500') } });
    expect(failed.nextTryAt?.getTime()).toBeGreaterThan(Date.now() + laterMs - 60_000);
    expect(rests(bad)).toBe('MSEDB Staging');
    await StagedEmail.updateOne({ messageId: bad }, { $set: { nextTryAt: new Date() } });
    await fixture.runMaintenance();
    expect(rests(bad)).toBe('Deleted Items');
    expect((await fixture.row(bad)).fault).toBeUndefined();
  });

  it('waits for Graph when the mailbox is to be left alone', async () => {
    const id = await fixture.stage();
    suite.emulator.faults.add({ kind: 429, retryAfterSeconds: 120, mailbox: fixture.sync.person.email, times: 1 });

    expect(await fixture.runMaintenance()).toMatchObject({ outcome: 'throttled', retryAfterMs: expect.any(Number) });

    expect((await fixture.row(id)).fault).toBeUndefined();
  });

  it('that was claimed and left behind is brought to its end, or waits again if it has time', async () => {
    const [due, undue] = [await fixture.stage(), await fixture.stage()];
    await StagedEmail.updateMany({ mailboxId: fixture.mailboxId }, { $set: { status: 'executing' } });
    await StagedEmail.updateOne({ messageId: undue }, { $set: { expiresAt: new Date(Date.now() + 3 * laterMs) } });

    await fixture.runMaintenance();

    expect([rests(due), rests(undue)]).toEqual(['Deleted Items', 'MSEDB Staging']);
    expect((await fixture.row(undue)).status).toBe('staged');
  });
});

describe('while the kill switch is on', () => {
  it('nothing is written, and what is overdue gets its full time again when it is put off', async () => {
    const [due, asked] = [await fixture.stage(), await fixture.stage()];
    await StagedEmail.updateOne({ messageId: asked }, { $set: { status: 'rescuing', rescueReason: 'rule_off' } });
    await StagedEmail.updateOne({ messageId: due }, { $set: { status: 'executing' } });
    await fixture.pause(true);
    const { writes } = fixture;

    expect(await fixture.runMaintenance()).toMatchObject({ executed: 0, rescued: 0 });
    const refused = [...(await fixture.request('rescue', [due])), ...(await fixture.request('execute', [due]))];

    expect(refused.map((result) => !result.ok && result.error.code)).toEqual([
      'automation_paused',
      'automation_paused',
    ]);
    expect(fixture.writes).toBe(writes);
    const now = Date.now() + laterMs;
    expect(
      await extendBeforeResuming({ userId: fixture.userId, mailboxId: fixture.mailboxId, stagingHours: 24, now }),
    ).toBe(2);
    await fixture.pause(false);
    await fixture.runMaintenance();
    expect([rests(due), rests(asked)]).toEqual(['MSEDB Staging', 'Inbox']);
    expect(await fixture.row(due)).toMatchObject({ status: 'staged' });
    expect((await fixture.row(due)).expiresAt.getTime()).toBeGreaterThan(now + laterMs - 120_000);
  });

  it('or its owner is deactivated, what is overdue gets its full time again before they come back', async () => {
    const due = await fixture.stage();
    const { userId } = fixture;
    const grace = { userId, stagingHours: 24, now: Date.now() + laterMs };
    const extended = [await extendBeforeResuming(grace)];
    await User.updateOne({ _id: userId }, { $set: { isActive: false } });

    extended.push(await extendBeforeResuming(grace));

    expect(extended).toEqual([0, 1]);
    expect((await fixture.row(due)).expiresAt.getTime()).toBe(grace.now + dayMs);
  });

  it('put on between two writes, it lets only the first one through, and the ledger says so', async () => {
    await Rule.updateOne(
      { _id: fixture.rule._id },
      {
        $set: {
          actions: [
            { actionType: 'markRead', order: 0 },
            { actionType: 'delete', order: 1 },
          ],
        },
      },
    );
    const id = await fixture.stage();
    const { _id } = await fixture.row(id);
    const { client } = fixture;
    const switchedOn = {
      ...client,
      send: (async (request, options, onAnswer) => {
        const answer = await client.send(request, options, onAnswer);
        if (request.method === 'PATCH') await fixture.pause(true);
        return answer;
      }) as typeof client.send,
    };
    await StagedEmail.updateOne({ _id }, { $set: { status: 'rescuing', rescueReason: 'owner' } });

    await fixture.runMaintenance({ graphOf: () => switchedOn });

    expect(fixture.message(id)).toMatchObject({ folder: 'MSEDB Staging', isRead: false });
    expect((await fixture.act(id, 'email_rescued')).details).toMatchObject({
      result: 'paused',
      change: { isRead: false },
      intended: { folderId: fixture.sync.folderId('inbox'), isRead: false },
    });
    expect(await fixture.row(id)).toMatchObject({ status: 'staged', rescueReason: 'owner' });
  });
});

describe('mail that became due while its mailbox was disconnected', () => {
  it('waits for its full time again, so that its owner can get it back', async () => {
    const [before, after] = [await fixture.stage(), await fixture.stage()];
    const connectedAt = new Date();
    const [old, past] = [connectedAt.getTime() - laterMs, connectedAt.getTime() - 1];
    await StagedEmail.updateOne(
      { messageId: before },
      { $set: { stagedAt: new Date(old), expiresAt: new Date(past) } },
    );
    await StagedEmail.updateOne({ messageId: after }, { $set: { expiresAt: new Date(past) } });
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { $set: { connectedAt: new Date(past + 1) } });
    await StagedEmail.updateOne({ messageId: after }, { $set: { stagedAt: new Date(past + 1) } });

    expect(await fixture.runMaintenance()).toMatchObject({ executed: 1 });

    expect([rests(before), rests(after)]).toEqual(['MSEDB Staging', 'Deleted Items']);
    expect((await fixture.row(before)).expiresAt.getTime()).toBeGreaterThan(Date.now() + laterMs);
  });
});
