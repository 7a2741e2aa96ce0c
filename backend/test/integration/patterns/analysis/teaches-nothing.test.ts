import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../../../src/lib/durations.ts';
import { folderKindFinder } from '../../../../src/models/fields/folder-kinds.ts';
import { EmailEvent, Mailbox, MessageState, models } from '../../../../src/models/index.ts';
import type { Vote } from '../../../../src/patterns/detection/outcome.ts';
import { measure, tallyVotes } from '../../../../src/patterns/detection/tally.ts';
import { type VoteEvent, votesOf } from '../../../../src/patterns/detection/votes.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { SyncFixture } from '../../observation/delta-sync/sync-fixture.ts';

useTestDatabase(models);
let fixture: SyncFixture;
beforeEach(async () => {
  fixture = await SyncFixture.start(['Receipts']);
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

type Draft = Partial<Parameters<SyncFixture['person']['does']['deliver']>[0]>;

const from = 'boss@contoso.example';

/** Delivers messages that came so many days ago. @returns their ids */
function deliver(days: readonly number[], draft: Draft = {}): string[] {
  return days.map((age) => {
    const receivedAtMs = Date.now() - age * dayMs;
    return fixture.person.does.deliver({ from, subject: 'Planning', receivedAtMs, ...draft }).id;
  });
}

/** The votes of detection from all that was recorded, as it reads them now. */
async function votes(): Promise<Vote[]> {
  const rows = await EmailEvent.find({ mailboxId: fixture.mailboxId }).lean<VoteEvent[]>();
  const folderKindOf = folderKindFinder(await fixture.row());
  return votesOf(rows, { now: new Date(fixture.clock()), folderKindOf, blindWindows: [] });
}

/** One after another, an hour apart, each seen by a look of its own. */
async function oneByOne(ids: readonly string[], act: (id: string) => void): Promise<void> {
  for (const id of ids) {
    fixture.skewMs += hourMs;
    fixture.emulator.clock.advance(hourMs);
    act(id);
    await fixture.sync();
  }
}

const ages = [2, 3, 4, 5, 6, 7, 8, 9];

/** Of each vote its outcome, and if the message was opened first. */
async function opened(): Promise<string[]> {
  return (await votes()).map((vote) => `${JSON.stringify(vote.outcome)} ${vote.opened}`);
}

describe('mail that is opened and then deleted', () => {
  it('is told from mail that is deleted unread', async () => {
    const [codes, letters] = [deliver([2, 3, 4]), deliver([2, 3, 4])];
    await fixture.sync();
    await oneByOne(codes, (id) => fixture.person.does.markRead(id));

    await oneByOne([...codes, ...letters], (id) => fixture.person.does.delete(id));

    expect((await opened()).toSorted()).toEqual([
      ...letters.map(() => '"deleted" no'),
      ...codes.map(() => '"deleted" yes'),
    ]);
  }, 60_000);

  it('is not taken for unread where one look sees both', async () => {
    const codes = deliver([2, 3, 4]);
    await fixture.sync();

    await oneByOne(codes, (id) => {
      fixture.person.does.markRead(id);
      fixture.person.does.delete(id);
    });

    expect(await opened()).toEqual(codes.map(() => '"deleted" unknown'));
  }, 60_000);

  it('is known of mail found in place as far as it is unread', async () => {
    const [read = ''] = deliver([2, 3], { folder: 'deleteditems' });
    fixture.person.does.markRead(read);

    await fixture.sync();

    expect((await opened()).toSorted()).toEqual(['"deleted" no', '"deleted" unknown']);
  });
});

describe('nothing is learned', () => {
  it('of accepted invitations, which the mail program moves to Deleted Items', async () => {
    const plain = deliver(ages, { from: 'news@letters.example' });
    const invitations = deliver(ages, { type: 'eventMessageRequest' });
    await fixture.sync();

    await oneByOne(invitations, (id) => fixture.person.does.answerInvitation(id));
    await oneByOne(plain, (id) => fixture.person.does.delete(id));

    const deletions = await EmailEvent.find({ mailboxId: fixture.mailboxId, eventType: 'deleted' }).lean();
    expect(deletions).toHaveLength(2 * ages.length);
    expect(await MessageState.countDocuments({ mailboxId: fixture.mailboxId, isMeeting: true })).toBe(ages.length);
    expect((await votes()).map(({ sender, outcome }) => `${sender} ${JSON.stringify(outcome)}`)).toEqual(
      ages.map(() => 'news@letters.example "deleted"'),
    );
  }, 60_000);

  it('of a retention policy', async () => {
    deliver([10, 12, 14, 16, 18, 20, 22, 24]);
    await fixture.sync();

    fixture.person.burst({ do: 'delete', by: 'retention', folder: 'inbox' });
    await fixture.sync();

    expect(await EmailEvent.countDocuments({ mailboxId: fixture.mailboxId, eventType: 'deleted' })).toBe(8);
    expect(await votes()).toEqual([]);
  });

  it('of younger mail that went at once but one decision', async () => {
    deliver([2, 3, 4, 5, 6, 2.5, 3.5]);
    await fixture.sync();

    fixture.person.burst({ do: 'move', to: 'archive', folder: 'inbox' });
    await fixture.sync();

    const tally = tallyVotes(await votes(), () => 1);
    expect(await votes()).toHaveLength(7);
    expect(measure(tally, 'archived')).toMatchObject({ seen: 1, followed: 1 });
  });

  it.each(['emptyFolder', 'shredFolder'] as const)('of a folder with its contents: %s', async (act) => {
    deliver([2, 3, 4], { folder: 'Receipts' });
    await fixture.sync();

    fixture.person.does[act]('Receipts');
    await fixture.sync();

    expect(await EmailEvent.countDocuments({ mailboxId: fixture.mailboxId, eventType: 'deleted' })).toBe(3);
    expect(await votes()).toEqual([]);
  });

  it('of a folder that goes to Deleted Items: the mail in it stays filed', async () => {
    deliver([2, 3, 4], { folder: 'Receipts' });
    await fixture.sync();
    const moved = fixture.folderId('Receipts');

    fixture.person.does.trashFolder('Receipts');
    await fixture.sync();

    expect((await votes()).map(({ outcome }) => outcome)).toEqual([{ moved }, { moved }, { moved }]);
  });

  it.each(['contact', 'task', 'appointment'] as const)('of an item without a sender: %s', async (kind) => {
    const ids = deliver([2, 3], { kind });
    await fixture.sync();

    await oneByOne(ids, (id) => fixture.person.does.delete(id));

    expect(await EmailEvent.countDocuments({ mailboxId: fixture.mailboxId, eventType: 'deleted' })).toBe(2);
    expect(await votes()).toEqual([]);
  });
});

describe('a message that is first seen', () => {
  it.each(['staging', 'drafts', 'sentitems', 'recoverable'])(
    'in %s has not arrived, and no rule acts',
    async (place) => {
      const staging = fixture.person.does.createFolder('MSEDB Staging').id;
      await fixture.sync();
      await Mailbox.updateOne({ _id: fixture.mailboxId }, { stagingFolderId: staging });
      const [id] = deliver([0], { folder: place === 'staging' ? staging : place === 'recoverable' ? 'inbox' : place });
      if (place === 'recoverable') fixture.person.does.softDelete(id ?? '');

      await fixture.sync();

      expect(await EmailEvent.countDocuments({ mailboxId: fixture.mailboxId })).toBe(0);
      expect(await MessageState.countDocuments({ mailboxId: fixture.mailboxId, automation: 'pending' })).toBe(0);
    },
  );

  it('in Deleted Items has arrived there, and no rule acts', async () => {
    await fixture.sync();
    deliver([0], { folder: 'deleteditems' });

    await fixture.sync();

    expect(await EmailEvent.find({ mailboxId: fixture.mailboxId }).lean()).toMatchObject([
      { eventType: 'arrived', toFolderKind: 'deleted' },
    ]);
    expect(await MessageState.countDocuments({ mailboxId: fixture.mailboxId, automation: 'pending' })).toBe(0);
  });

  it('in Junk Email does not vote: the mail server put it there', async () => {
    deliver([2, 3], { folder: 'junkemail' });

    await fixture.sync();

    expect(await EmailEvent.countDocuments({ mailboxId: fixture.mailboxId, eventType: 'arrived' })).toBe(2);
    expect(await votes()).toEqual([]);
  });
});
