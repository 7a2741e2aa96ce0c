import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MailboxLease } from '../../../../src/models/store/mailbox-lease.ts';
import { Mailbox, Rule, StagedEmail } from '../../../../src/models/index.ts';
import { type StagingSuite, startStagingSuite } from './staging-suite-fixture.ts';
import type { StagingFixture } from './staging-fixture.ts';

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

/** @returns what came of it, and whether others could write to the mailbox as its owner left */
async function handBack() {
  let isFree: boolean | undefined;
  const handedBack = await fixture.handBack(async () => {
    const { mailboxId } = fixture;
    const lease = await MailboxLease.acquire({ field: 'writeLease', mailboxId, clock: Date.now, leaseMs: 1_000 });
    isFree = lease !== undefined;
    await lease?.release();
  });
  return { ...handedBack, isFree };
}

describe('an owner who leaves', () => {
  it('gets back what waits, as it was, and nothing more is staged before they are gone', async () => {
    const actions = [
      { actionType: 'markRead', order: 0 },
      { actionType: 'delete', order: 1 },
    ] as const;
    await Rule.updateOne({ _id: fixture.rule._id }, { $set: { actions } });
    const [one, other] = [await fixture.stage(), await fixture.stage()];
    await StagedEmail.updateOne({ messageId: other }, { $set: { status: 'executing' } }); // as a crash leaves it

    expect(await handBack()).toEqual({ left: 0, isFree: false });

    for (const id of [one, other]) expect(fixture.message(id)).toMatchObject({ folder: 'Inbox', isRead: false });
    expect(await fixture.row(one)).toMatchObject({ status: 'rescued', rescueReason: 'mailbox_left' });
    expect((await fixture.act(one, 'email_rescued')).details).toMatchObject({ cause: 'mailbox_left' });
  });

  it('leaves all the same when Graph fails, and gets it back when they come back', async () => {
    const id = await fixture.stage();
    suite.emulator.faults.add({ kind: 503, method: 'POST', mailbox: fixture.sync.person.email });

    expect(await handBack()).toMatchObject({ left: 1 });

    expect(rests(id)).toBe('MSEDB Staging');
    suite.emulator.faults.clear();
    await fixture.runMaintenance();
    expect(rests(id)).toBe('Inbox');
  });

  it('leaves it where it is while the kill switch is on: nothing is written then', async () => {
    const id = await fixture.stage();
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { $set: { 'settings.automationPaused': true } });

    expect(await handBack()).toEqual({ left: 1, isFree: false });

    expect(rests(id)).toBe('MSEDB Staging');
    expect((await fixture.row(id)).status).toBe('staged');
  });

  it('leaves a mailbox that is disconnected already', async () => {
    await fixture.stage();
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { $set: { isConnected: false } });

    expect(await handBack()).toEqual({ left: 1, isFree: true });
  });

  it('is told when leaving itself fails', async () => {
    const leaving = fixture.handBack(() => Promise.reject(new Error('the store is away')));

    await expect(leaving).rejects.toThrow('the store is away');
  });
});
