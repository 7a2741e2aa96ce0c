import { describe, expect, it } from 'vitest';
import { dayMs } from '../../../../src/lib/durations.ts';
import { EmailEvent, MessageState, models } from '../../../../src/models/index.ts';
import { applyObservations, recoverPending } from '../../../../src/observation/changes/apply.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { at, gone, mailboxOf, seen, startMs } from './looks.ts';

useTestDatabase(models);

const nothing = { events: 0, changed: 0, stale: [] };
const shop = { email: 'billing@shop.example', domain: 'shop.example' };

describe('a message seen for the first time', () => {
  it.each([
    ['new', {}, 'pending'],
    ['found in place', { receivedDateTime: new Date(startMs - 40 * dayMs) }, 'done'],
    ['thrown away already', { parentFolderId: 'trash' }, 'done'],
  ] as const)('that is %s is for rules to look at, or not', async (_what, fields, automation) => {
    const mailbox = mailboxOf();

    await applyObservations(mailbox, [seen(fields, at(1))]);

    expect(await MessageState.findOne({ mailboxId: mailbox.mailboxId }).lean()).toMatchObject({ automation });
  });

  it('is remembered, and its arrival recorded', async () => {
    const mailbox = mailboxOf();

    const report = await applyObservations(mailbox, [seen({}, at(1))]);

    const { userId, mailboxId } = mailbox;
    expect(report).toEqual({ events: 1, changed: 1, stale: [] });
    expect(await MessageState.find({ mailboxId }).lean()).toEqual([
      {
        _id: expect.anything(),
        __v: 0,
        createdAt: expect.any(Date),
        updatedAt: expect.any(Date),
        userId,
        mailboxId,
        messageId: 'message',
        folderId: 'inbox',
        isRead: false,
        flag: 'notFlagged',
        categories: [],
        sender: shop,
        subjectHash: expect.any(String),
        automation: 'pending',
        version: 1,
        receivedAt: new Date(startMs),
        modifiedAt: new Date(startMs),
        observedAt: new Date(at(1) + 100),
      },
    ]);
    expect(await EmailEvent.find({ mailboxId }).lean()).toEqual([
      {
        _id: expect.anything(),
        __v: 0,
        createdAt: expect.any(Date),
        updatedAt: expect.any(Date),
        userId,
        mailboxId,
        messageId: 'message',
        eventType: 'arrived',
        toFolder: 'inbox',
        toFolderKind: 'inbox',
        occurrences: 1,
        timestamp: new Date(startMs),
        receivedAt: new Date(startMs),
        stateVersion: 1,
        sender: { name: 'Shop', ...shop },
        subject: 'Invoice 17',
        subjectNormalized: 'invoice',
        importance: 'normal',
        hasAttachments: false,
        categories: [],
        isRead: false,
      },
    ]);
  });

  it('is stored just as Mongoose would store it', async () => {
    const mailbox = mailboxOf();
    const fields = { conversationId: 'c', internetMessageId: 'i', internetMessageHeaders: [], categories: ['red'] };
    await applyObservations(mailbox, [seen(fields, at(1))]);

    for (const model of [MessageState, EmailEvent]) {
      const stored = await model.collection.findOne({ mailboxId: mailbox.mailboxId });
      const document = new model(stored);
      await document.validate();
      expect(document.toObject()).toEqual(stored);
    }
  });

  it('leaves no event when it is older than the back-fill reaches, and none at all of what the owner wrote', async () => {
    const mailbox = mailboxOf();
    const old = new Date(mailbox.eventsSince.getTime() - 1);

    const report = await applyObservations(mailbox, [
      seen({ id: 'old', receivedDateTime: old }, at(1)),
      seen({ id: 'staged', parentFolderId: 'staging' }, at(1)),
      seen({ id: 'draft', isDraft: true }, at(1)),
      seen({ id: 'sent', parentFolderId: 'sent' }, at(1)),
      gone('never-known', at(1)),
    ]);

    expect(report).toEqual({ events: 0, changed: 2, stale: [] });
    const known = await MessageState.find({ mailboxId: mailbox.mailboxId }, { messageId: 1 }).sort({ messageId: 1 });
    expect(known.map(({ messageId }) => messageId)).toEqual(['old', 'staged']);
  });
});

describe('a message seen again', () => {
  it('leaves a row for each type of event, and counts what happens again', async () => {
    const mailbox = mailboxOf();
    const moved = { parentFolderId: 'projects', lastModifiedDateTime: new Date(at(2)) };
    await applyObservations(mailbox, [seen({}, at(1))]);
    await applyObservations(mailbox, [seen({ ...moved, isRead: true }, at(3))]);
    await applyObservations(mailbox, [seen({ parentFolderId: 'trash', isRead: true }, at(4))]);

    const report = await applyObservations(mailbox, [seen({ parentFolderId: 'archive', categories: ['red'] }, at(5))]);

    expect(report).toEqual({ events: 2, changed: 1, stale: [] });
    const events = await EmailEvent.find({ mailboxId: mailbox.mailboxId }).sort({ eventType: 1 }).lean();
    expect(events).toMatchObject([
      { eventType: 'arrived', occurrences: 1 },
      { eventType: 'categorized', occurrences: 1, categories: ['red'] },
      { eventType: 'deleted', occurrences: 1, fromFolder: 'projects', toFolder: 'trash', stateVersion: 3 },
      { eventType: 'moved', occurrences: 2, fromFolder: 'trash', toFolder: 'archive', isRead: false, stateVersion: 4 },
      { eventType: 'read', occurrences: 1, timestamp: new Date(at(2)), timeToAction: 120, stateVersion: 2 },
    ]);
  });

  it('is found again where it was lost, without a word of where it came from', async () => {
    const mailbox = mailboxOf();
    await applyObservations(mailbox, [seen({ parentFolderId: 'projects' }, at(1))]);
    await applyObservations(mailbox, [seen({}, at(2))]);
    await applyObservations(mailbox, [gone('message', at(3))]);

    await applyObservations(mailbox, [seen({ parentFolderId: 'archive' }, at(4))]);

    const moved = await EmailEvent.findOne({ mailboxId: mailbox.mailboxId, eventType: 'moved' }).lean();
    const state = await MessageState.findOne({ mailboxId: mailbox.mailboxId }).lean();
    expect(moved).toMatchObject({ occurrences: 2, toFolder: 'archive' });
    expect(moved).not.toHaveProperty('fromFolder');
    expect(state).toMatchObject({ folderId: 'archive', version: 4 });
    expect(state).not.toHaveProperty('goneAt');
  });

  it('keeps the name of its sender and its subject when it is gone', async () => {
    const mailbox = mailboxOf();
    await applyObservations(mailbox, [seen({ internetMessageHeaders: [], conversationId: 'c' }, at(1))]);

    await applyObservations(mailbox, [gone('message', at(2))]);

    const left = await EmailEvent.findOne({ mailboxId: mailbox.mailboxId, eventType: 'disappeared' }).lean();
    expect(left).toMatchObject({
      fromFolder: 'inbox',
      subject: 'Invoice 17',
      sender: { name: 'Shop', ...shop },
      conversationId: 'c',
      metadata: { hasListUnsubscribe: false, isNewsletter: false, isAutomated: false },
    });
    expect(left).not.toHaveProperty('toFolder');
  });

  it('is recorded with the list that it came over', async () => {
    const mailbox = mailboxOf();
    const headers = [{ name: 'List-Id', value: 'Developers <Dev.Lists.Example>' }];
    const kind = { listId: 'dev.lists.example', isAutomated: true };

    await applyObservations(mailbox, [seen({ internetMessageHeaders: headers }, at(1))]);
    await applyObservations(mailbox, [gone('message', at(2))]);

    const { mailboxId } = mailbox;
    expect(await MessageState.findOne({ mailboxId }).lean()).toMatchObject(kind);
    expect(await EmailEvent.find({ mailboxId }).sort({ eventType: 1 }).lean()).toMatchObject([
      { eventType: 'arrived', metadata: kind },
      { eventType: 'disappeared', metadata: kind },
    ]);
  });

  it('is noted to have been seen when nothing is different, and nothing else', async () => {
    const mailbox = mailboxOf();
    await applyObservations(mailbox, [seen({}, at(1))]);

    const report = await applyObservations(mailbox, [seen({}, at(9))]);

    expect(report).toEqual(nothing);
    const state = await MessageState.findOne({ mailboxId: mailbox.mailboxId }).lean().orFail();
    expect(state).toMatchObject({ version: 1, observedAt: new Date(at(9) + 100) });
  });

  it('is not believed when the look is older than what is known and says otherwise', async () => {
    const mailbox = mailboxOf();
    await applyObservations(mailbox, [seen({ parentFolderId: 'projects' }, at(5))]);

    const report = await applyObservations(mailbox, [seen({}, at(5) + 99)]);

    expect(report).toEqual({ events: 0, changed: 0, stale: ['message'] });
    expect(await applyObservations(mailbox, [seen({ parentFolderId: 'projects' }, at(4))])).toEqual(nothing);
    expect(await applyObservations(mailbox, [seen({}, at(5) + 100)])).toMatchObject({ changed: 1, stale: [] });
  });

  it('counts as seen last when it comes twice in one call', async () => {
    const mailbox = mailboxOf();

    const report = await applyObservations(mailbox, [
      seen({ parentFolderId: 'projects' }, at(1)),
      seen({ id: 'another' }, at(1)),
      seen({ parentFolderId: 'archive' }, at(1)),
    ]);

    expect(report).toMatchObject({ events: 2, changed: 2 });
    const state = await MessageState.findOne({ mailboxId: mailbox.mailboxId, messageId: 'message' }).lean();
    expect(state).toMatchObject({ folderId: 'archive', version: 1 });
  });
});

describe('many messages', () => {
  it('are applied, however many there are', async () => {
    const mailbox = mailboxOf();
    const ids = Array.from({ length: 2_100 }, (_, number) => `m${number}`);
    await applyObservations(
      mailbox,
      ids.map((id) => seen({ id }, at(1))),
    );

    const report = await applyObservations(
      mailbox,
      ids.map((id) => seen({ id, parentFolderId: 'trash' }, at(2))),
    );

    expect(report).toEqual({ events: 2_100, changed: 2_100, stale: [] });
    expect(await EmailEvent.countDocuments({ mailboxId: mailbox.mailboxId, occurrences: 1 })).toBe(4_200);
    expect(await applyObservations(mailbox, [])).toEqual(nothing);
  });

  it('are none of the business of another mailbox', async () => {
    const [one, other] = [mailboxOf(), mailboxOf()];
    await applyObservations(one, [seen({}, at(1))]);
    await applyObservations(other, [seen({ parentFolderId: 'projects' }, at(1))]);

    await applyObservations(one, [seen({ parentFolderId: 'trash' }, at(2))]);

    expect(await MessageState.find({ mailboxId: other.mailboxId }).lean()).toMatchObject([{ folderId: 'projects' }]);
    expect(await EmailEvent.countDocuments({ mailboxId: other.mailboxId })).toBe(1);
  });
});

describe('a change whose events were not recorded', () => {
  const pending = { events: [{ eventType: 'read', timestamp: new Date(at(2)), categories: [], isRead: true }] };

  it('is settled, once', async () => {
    const [mailbox, other] = [mailboxOf(), mailboxOf()];
    for (const { mailboxId } of [mailbox, other]) {
      await applyObservations({ ...mailbox, mailboxId }, [seen({ isRead: true }, at(1))]);
      await MessageState.updateOne({ mailboxId }, { $set: { pending, version: 2 } });
    }

    expect(await recoverPending(mailbox)).toBe(1);

    const events = await EmailEvent.find({ mailboxId: mailbox.mailboxId, eventType: 'read' }).lean();
    expect(events).toMatchObject([{ occurrences: 1, stateVersion: 2, timestamp: new Date(at(2)) }]);
    expect(await recoverPending(mailbox)).toBe(0);
    expect(await MessageState.findOne({ mailboxId: other.mailboxId }).lean()).toMatchObject({ pending });
  });

  it('is settled before the next change', async () => {
    const mailbox = mailboxOf();
    const { mailboxId } = mailbox;
    await applyObservations(mailbox, [seen({ isRead: true }, at(1))]);
    await MessageState.updateOne({ mailboxId }, { $set: { pending, version: 2 } });

    const report = await applyObservations(mailbox, [seen({ isRead: true, parentFolderId: 'archive' }, at(3))]);

    expect(report).toEqual({ events: 2, changed: 1, stale: [] });
    expect(await EmailEvent.find({ mailboxId }).sort({ eventType: 1 }).lean()).toMatchObject([
      { eventType: 'arrived', stateVersion: 1 },
      { eventType: 'moved', stateVersion: 3 },
      { eventType: 'read', stateVersion: 2 },
    ]);
  });

  it('is found through an index', async () => {
    const plan: unknown = await MessageState.collection
      .find({ mailboxId: mailboxOf().mailboxId, pending: { $exists: true } })
      .explain('queryPlanner');

    expect(JSON.stringify(plan)).toContain('mailboxId_1_version_1');
  });
});
