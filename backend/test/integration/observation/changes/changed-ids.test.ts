import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hourMs } from '../../../../src/lib/durations.ts';
import { EmailEvent, Mailbox, MessageState, models } from '../../../../src/models/index.ts';
import { isIn } from '../../../../src/models/store/query-operators.ts';
import { observedMailboxOf } from '../../../../src/observation/changes/observation.ts';
import { observeMessages } from '../../../../src/observation/changes/observe-messages.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { SyncFixture } from '../delta-sync/sync-fixture.ts';

useTestDatabase(models);
let fixture: SyncFixture;
beforeEach(async () => {
  fixture = await SyncFixture.start(['Receipts']);
  await fixture.sync();
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
});

const receivedAtMs = Date.now() - hourMs;

function deliver(subject: string, folder = 'inbox'): string {
  return fixture.person.does.deliver({ from: 'news@letters.example', subject, folder, receivedAtMs }).id;
}

/** Reads messages by id, as after change notifications. */
async function observe(...messageIds: string[]) {
  const mailbox = observedMailboxOf(
    { ...(await fixture.row()), _id: fixture.mailboxId },
    { sinceDays: 30, now: fixture.clock() },
  );
  const deps = { client: fixture.client, mailbox, clock: fixture.clock };
  return observeMessages(deps, messageIds, { signal: new AbortController().signal });
}

/** Into the Online Archive and back at once. @returns the new id */
function takeThroughArchive(id: string, folder: string): string {
  const { internetMessageId } = fixture.person.mailbox.get(id);
  fixture.person.does.archiveOnline(id);
  return fixture.person.does.returnFromArchive(internetMessageId, folder).id;
}

async function words(): Promise<string[]> {
  return (await fixture.ledger()).map(({ subject, type, from, to }) =>
    [type, subject, from === undefined ? '' : `from ${from}`, to === undefined ? '' : `to ${to}`]
      .filter((word) => word !== '')
      .join(' '),
  );
}

function statesOf(...messageIds: string[]) {
  return MessageState.find({ mailboxId: fixture.mailboxId, messageId: isIn(messageIds) })
    .sort({ _id: 1 })
    .lean();
}

const arrived = 'arrived bill to Inbox';

describe('a message whose id changes', () => {
  it('is the same message when synchronization sees the new id first', async () => {
    const id = deliver('bill');
    await fixture.sync();

    const newId = fixture.person.mailbox.changeId(id).id;
    await fixture.sync();
    await fixture.sync();

    expect(await words()).toEqual([arrived]);
    expect(await fixture.places()).toEqual({ [newId]: 'Inbox' });
    expect(await EmailEvent.distinct('messageId', { mailboxId: fixture.mailboxId })).toEqual([newId]);
    expect(await statesOf(newId)).toMatchObject([{ formerIds: [id], version: 2 }]);
  });

  it.each(['the old id', 'the new id', 'both ids'])('is the same message when %s is announced first', async (first) => {
    const id = deliver('bill');
    await fixture.sync();
    const newId = fixture.person.mailbox.changeId(id).id;

    if (first === 'the old id') await observe(id);
    if (first === 'the new id') await observe(newId);
    await observe(id, newId);
    await fixture.sync();

    expect(await words()).toEqual([arrived]);
    expect(await fixture.places()).toEqual({ [newId]: 'Inbox' });
  });

  it.each(['the old id', 'the new id'])('was moved when it is in another folder, with %s first', async (first) => {
    const id = deliver('bill');
    await fixture.sync();
    const newId = takeThroughArchive(id, 'Receipts');

    await observe(first === 'the old id' ? id : newId);
    await observe(id, newId);
    await fixture.sync();

    expect(await words()).toEqual([arrived, 'moved bill from Inbox to Receipts']);
    expect(await fixture.places()).toEqual({ [newId]: 'Receipts' });
  });

  it('was deleted when it lies in Deleted Items, and keeps its story when its id changes there', async () => {
    const id = deliver('bill');
    await fixture.sync();
    const deleted = takeThroughArchive(id, 'deleteditems');
    await fixture.sync();

    const newId = fixture.person.mailbox.changeId(deleted).id;
    await observe(deleted);
    await fixture.sync();

    expect(await words()).toEqual([arrived, 'deleted bill from Inbox to Deleted Items']);
    expect(await fixture.places()).toEqual({ [newId]: 'Deleted Items' });
    expect(await statesOf(newId)).toMatchObject([{ formerIds: [id, deleted] }]);
  });

  it('comes back as the same message after it had disappeared, and no rule acts on it again', async () => {
    const id = deliver('bill');
    await fixture.sync();
    const { internetMessageId } = fixture.person.mailbox.get(id);
    await MessageState.updateOne({ messageId: id }, { automation: 'done' });
    fixture.person.does.archiveOnline(id);
    await fixture.sync();

    const newId = fixture.person.does.returnFromArchive(internetMessageId).id;
    await fixture.sync();

    expect(await words()).toEqual([arrived, 'disappeared bill from Inbox', 'moved bill to Inbox']);
    expect(await statesOf(id, newId)).toMatchObject([{ messageId: newId, automation: 'done' }]);
  });

  it('still waits for its rules under the new id', async () => {
    const id = deliver('bill');
    await fixture.sync();
    const since = new Date(Date.now() - 2 * hourMs);
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { watchedSince: since });
    const fresh = deliver('fresh');
    await fixture.sync();

    const [newId, newFresh] = [id, fresh].map((old) => fixture.person.mailbox.changeId(old).id);
    await fixture.sync();

    const states = await statesOf(newId ?? '', newFresh ?? '');
    expect(states.map(({ messageId, automation }) => [messageId, automation])).toEqual([
      [newId, 'done'],
      [newFresh, 'pending'],
    ]);
  });

  it('is read with its change: what else happened meanwhile is recorded', async () => {
    const id = deliver('bill');
    await fixture.sync();

    const newId = fixture.person.mailbox.changeId(id).id;
    fixture.person.does.markRead(newId);
    await observe(id);

    expect(await words()).toEqual([arrived, 'read bill']);
  });
});

describe('what only looks like it', () => {
  it('is a copy while the first message is there, which costs one request', async () => {
    const id = deliver('bill');
    await fixture.sync();
    const { internetMessageId } = fixture.person.mailbox.get(id);
    fixture.person.does.archiveOnline(id);
    const copy = fixture.person.does.returnFromArchive(internetMessageId, 'Receipts').id;
    // the copy has another id, and the first is there again as well
    await observe(copy);
    await fixture.sync();
    expect(await words()).toEqual([arrived, 'moved bill from Inbox to Receipts']);

    const twin = fixture.person.does.deliver({ ...asDelivered(copy), folder: 'inbox' });
    Object.assign(twin, { internetMessageId });
    await observe(twin.id);

    expect(await fixture.places()).toEqual({ [copy]: 'Receipts', [twin.id]: 'Inbox' });
  });

  it('is another message when sender or time differ', async () => {
    const id = deliver('bill');
    await fixture.sync();
    const { internetMessageId } = fixture.person.mailbox.get(id);
    fixture.person.does.purge(id);
    const later = fixture.person.does.deliver({ ...asDelivered(undefined), receivedAtMs: receivedAtMs + 1_000 });
    const foreign = fixture.person.does.deliver({ ...asDelivered(undefined), from: 'other@letters.example' });
    Object.assign(later, { internetMessageId });
    Object.assign(foreign, { internetMessageId });

    await observe(id);
    await fixture.sync();

    expect(await words()).toEqual([arrived, arrived, arrived, 'disappeared bill from Inbox']);
  });

  it('is nothing certain when two messages could be it', async () => {
    const id = deliver('bill');
    await fixture.sync();
    const { internetMessageId } = fixture.person.mailbox.get(id);
    fixture.person.does.purge(id);
    for (const folder of ['inbox', 'Receipts']) {
      Object.assign(fixture.person.does.deliver({ ...asDelivered(undefined), folder }), { internetMessageId });
    }

    await observe(id);

    expect(await words()).toEqual([arrived, 'disappeared bill from Inbox']);
  });

  it('is a draft that is sent: neither has a story', async () => {
    const { mailbox, does } = fixture.person;
    const draft = does.deliver({ from: 'me@contoso.example', subject: 'mine', folder: 'drafts', kind: 'draft' });
    await observe(draft.id);
    mailbox.move(mailbox.changeId(draft.id).id, 'sentitems', 'person');
    await observe(draft.id, ...mailbox.messages('sentitems').map(({ id }) => id));
    await fixture.sync();

    expect(await words()).toEqual([]);
    expect(await fixture.places()).toEqual({});
  });
});

describe('the identity of a message', () => {
  it('is stored as a keyed hash, at the next sight also of messages that lack it', async () => {
    const id = deliver('bill');
    await fixture.sync();
    const { internetMessageId } = fixture.person.mailbox.get(id);
    const [first] = await statesOf(id);
    await MessageState.updateOne({ messageId: id }, { $unset: { identityHash: 1 } });

    await observe(id);

    const [state] = await statesOf(id);
    expect(state).toMatchObject({ identityHash: expect.stringMatching(/^[\w-]{43}$/u), version: 1 });
    expect(state?.identityHash).toBe(first?.identityHash);
    expect(JSON.stringify(state)).not.toContain(internetMessageId);
    const other = await SyncFixture.start([], fixture.emulator);
    await other.sync();
    expect((await other.row()).identityKey).not.toBe((await fixture.row()).identityKey);
  });

  it('costs no request in the ordinary case', async () => {
    deliver('bill');
    const id = deliver('other');
    await fixture.sync();
    const [quiet] = await fixture.sync();

    deliver('third');
    fixture.person.does.markRead(id);
    const [report] = await fixture.sync();

    // what came is in the page; a read change is told in part, and read by id
    expect(report?.requests).toBe((quiet?.requests ?? 0) + 1);
  });
});

function asDelivered(id: string | undefined) {
  const fields = { from: 'news@letters.example', subject: 'bill', receivedAtMs };
  return id === undefined ? fields : { ...fields, isRead: fixture.person.mailbox.get(id).isRead };
}
