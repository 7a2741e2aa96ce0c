import mongoose, { Types } from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { hourMs } from '../../../../src/lib/durations.ts';
import { EmailEvent, type IEmailEvent } from '../../../../src/models/index.ts';
import type { EventFilter } from '../../../../src/observation/reports/event-filter.ts';
import { type EventPage, listEvents, type PageRequest } from '../../../../src/observation/reports/event-queries.ts';
import type { IPastOccurrence } from '../../../../src/models/EmailEvent.ts';
import { withQueryTimeout } from '../../../../src/models/store/query-timeout.ts';
import { readFolderNames } from '../../../../src/observation/reports/folder-names.ts';
import { buildEmailEvent } from '../../../factories/email-event.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import { type Owner, ownerOf } from '../../../factories/owner.ts';
import { useTestDatabase } from '../../../harness/database.ts';

useTestDatabase([EmailEvent]);
let owner: Owner;
beforeEach(async () => {
  await EmailEvent.deleteMany({});
  owner = await ownerOf({});
});

const start = Date.now() - 10 * hourMs;
const at = (minutes: number) => new Date(start + minutes * 60_000);
const add = (minutes: number, fields: Partial<IEmailEvent> = {}) =>
  buildEmailEvent({ ...owner, timestamp: at(minutes), ...fields });
const ask = (filter: Partial<EventFilter> = {}, page: Partial<PageRequest> = {}): Promise<EventPage> =>
  listEvents({ userId: owner.userId.toString(), ...filter }, { limit: 50, order: 'newest-first', ...page });
const idsOf = ({ events }: EventPage) => events.map(({ messageId }) => messageId);
const messages = async (filter: Partial<EventFilter>) => idsOf(await ask(filter)).toSorted();

/** Goes through all pages; `between` is done after each. */
async function readAll(page: Partial<PageRequest>, between: () => Promise<unknown> = async () => undefined) {
  const seen: string[] = [];
  let after: EventPage['next'];
  do {
    const answer = await ask({}, { ...page, after });
    seen.push(...idsOf(answer));
    after = answer.next;
    await between();
  } while (after !== undefined);
  return seen;
}

describe('paging through events', () => {
  it('brings every event once in either order, those of the same moment too', async () => {
    for (let n = 0; n < 23; n += 1) await add(Math.floor(n / 8), { messageId: `m${String(n).padStart(2, '0')}` });
    const stored = await EmailEvent.find({}).sort({ timestamp: 1, _id: 1 }).lean();
    const expected = stored.map(({ messageId }) => messageId);

    expect(await readAll({ limit: 5, order: 'oldest-first' })).toEqual(expected);
    expect(await readAll({ limit: 5 })).toEqual(expected.toReversed());
    expect(await readAll({ limit: 23 })).toHaveLength(23);
  });

  it('is not moved by what arrives meanwhile', async () => {
    const expected: string[] = [];
    for (let n = 0; n < 12; n += 1) expected.unshift((await add(n)).messageId);

    const seen = await readAll({ limit: 4 }, () => add(100));

    expect(seen).toEqual(expected);
  });

  it('keeps within a time whichever way it goes', async () => {
    for (let n = 0; n < 6; n += 1) await add(n, { messageId: `m${n}` });
    const time = { from: at(1), to: at(4) };

    expect(idsOf(await ask(time))).toEqual(['m3', 'm2', 'm1']);
    const { next: after } = await ask(time, { limit: 1 });
    expect(idsOf(await ask(time, { after }))).toEqual(['m2', 'm1']);
    const { next } = await ask(time, { limit: 1, order: 'oldest-first' });
    expect(idsOf(await ask(time, { after: next, order: 'oldest-first' }))).toEqual(['m2', 'm3']);
    expect(idsOf(await ask({ ...time, from: at(3) }, { after: next, order: 'oldest-first' }))).toEqual(['m3']);
  });
});

const past = (minutes: number, fields: Partial<IPastOccurrence> = {}): IPastOccurrence => ({
  timestamp: at(minutes),
  isRead: false,
  categories: [],
  stateVersion: minutes,
  ...fields,
});

describe('an event that happened several times', () => {
  const action = new Types.ObjectId();
  beforeEach(async () => {
    await add(0, { messageId: 'a', toFolder: 'inbox' });
    const history = [past(2, { toFolder: 'work' }), past(4, { fromFolder: 'work', automatedByAction: action })];
    const last = { fromFolder: 'old', toFolder: 'new', stateVersion: 9, occurrences: 4, isRead: true };
    await add(9, { messageId: 'a', eventType: 'moved', ...last, history });
    await add(4, { messageId: 'b', eventType: 'read' });
  });

  it('is listed at each of its times, as it was then', async () => {
    const { events } = await ask({ types: ['moved'] });

    expect(events).toMatchObject([
      { timestamp: at(9), fromFolder: 'old', toFolder: 'new', occurrences: 4, stateVersion: 9, isRead: true },
      {
        timestamp: at(4),
        fromFolder: 'work',
        occurrences: 3,
        stateVersion: 4,
        metadata: { automatedByAction: action },
      },
      { timestamp: at(2), toFolder: 'work', occurrences: 2, stateVersion: 2, isRead: false },
    ]);
    expect(events.map((event) => 'history' in event)).toEqual([false, false, false]);
    expect(events.map(({ toFolder }) => toFolder)).toEqual(['new', undefined, 'work']);
  });

  it('is found by the time and the folders of each occurrence', async () => {
    expect((await ask({ from: at(3), to: at(9) })).events).toMatchObject([{ messageId: 'b' }, { stateVersion: 4 }]);
    expect((await ask({ folderId: 'work' })).events).toMatchObject([{ stateVersion: 4 }, { stateVersion: 2 }]);
    expect((await ask({ folderId: 'work', from: at(3) })).events).toMatchObject([{ stateVersion: 4 }]);
    expect((await ask({ folderId: 'new', to: at(9) })).events).toEqual([]);
  });

  it('is told in the story of its message, whichever its mailbox', async () => {
    const story = await ask({ messageId: 'a' }, { order: 'oldest-first' });

    expect(story.events.map(({ eventType, timestamp }) => [eventType, timestamp])).toEqual([
      ['arrived', at(0)],
      ['moved', at(2)],
      ['moved', at(4)],
      ['moved', at(9)],
    ]);
    expect((await ask({ messageId: 'a', mailboxId: new Types.ObjectId().toString() })).events).toEqual([]);
    expect((await ask({ messageId: 'c' })).events).toEqual([]);
  });

  it('comes once on the pages in either order, even if it happens again meanwhile, twice at the same moment', async () => {
    const expected = ['a', 'a', 'a', 'b', 'a'];
    await EmailEvent.updateOne(
      { messageId: 'a', eventType: 'moved' },
      { $push: { history: { $each: [past(4, { stateVersion: 5 })] } } },
    );
    const happensAgain = () =>
      EmailEvent.updateOne(
        { messageId: 'a', eventType: 'moved', timestamp: at(9) },
        { $set: { timestamp: at(20), stateVersion: 10 }, $push: { history: past(9) } },
      );

    expect(await readAll({ limit: 1, order: 'oldest-first' })).toHaveLength(6);
    expect(await readAll({ limit: 2 }, happensAgain)).toHaveLength(6);
    expect((await readAll({ limit: 1, order: 'oldest-first' })).toSorted()).toEqual([...expected, 'a', 'a'].toSorted());
  });
});

describe('the filters', () => {
  it('find by type, sender, domain, mailbox and folder, and all at once', async () => {
    const boss = { email: 'boss@fabrikam.example', domain: 'fabrikam.example' };
    const second = (await buildMailbox({ userId: owner.userId }))._id;
    await add(0, { messageId: 'a', sender: boss, toFolder: 'inbox' });
    await add(1, { messageId: 'b', sender: { ...boss, email: 'hr@fabrikam.example' }, toFolder: 'inbox' });
    await add(2, { messageId: 'a', eventType: 'moved', sender: boss, fromFolder: 'inbox', toFolder: 'work' });
    await add(3, { messageId: 'c', mailboxId: second, sender: { email: 'system' }, eventType: 'read' });

    expect(await messages({ types: ['moved'] })).toEqual(['a']);
    expect(await messages({ types: ['moved', 'read'] })).toEqual(['a', 'c']);
    expect(await messages({ sender: 'boss@fabrikam.example' })).toEqual(['a', 'a']);
    expect(await messages({ sender: 'system' })).toEqual(['c']);
    expect(await messages({ domain: 'fabrikam.example' })).toEqual(['a', 'a', 'b']);
    expect(await messages({ folderId: 'inbox' })).toEqual(['a', 'a', 'b']);
    expect(await messages({ folderId: 'work' })).toEqual(['a']);
    expect(await messages({ mailboxId: second.toString() })).toEqual(['c']);
    const all = { types: ['arrived' as const], sender: 'boss@fabrikam.example', domain: 'fabrikam.example' };
    expect(await messages({ ...all, folderId: 'inbox', mailboxId: owner.mailboxId.toString() })).toEqual(['a']);
  });

  it("never bring another user's events, not even by the id of their mailbox", async () => {
    await add(0);
    const stranger = new Types.ObjectId().toString();

    expect((await ask({ userId: stranger })).events).toEqual([]);
    expect((await ask({ userId: stranger, mailboxId: owner.mailboxId.toString() })).events).toEqual([]);
  });
});

describe('a question that takes the store too long', () => {
  it('is answered with 503', async () => {
    await EmailEvent.insertMany(
      Array.from({ length: 3_000 }, (_, n) => ({ ...owner, messageId: `m${n}`, eventType: 'arrived' as const })),
    );
    const sum = { $reduce: { input: { $range: [0, 5_000] }, initialValue: 0, in: { $add: ['$$value', '$$this'] } } };
    const slow = EmailEvent.find({ $expr: mongoose.trusted({ $lt: [sum, 0] }) }).maxTimeMS(50);

    await expect(withQueryTimeout(slow.exec())).rejects.toMatchObject({ status: 503, code: 'too_much' });
  });
});

describe('the names of folders', () => {
  it('are read for the mailboxes of the user alone, and null when they are not known', async () => {
    const { userId, _id } = await buildMailbox({ folders: [{ id: 'f1', displayName: 'Projects' }] });
    const mailboxId = _id.toString();

    const nameOf = await readFolderNames(userId.toString(), [mailboxId, mailboxId]);
    const ofStranger = await readFolderNames(new Types.ObjectId().toString(), [mailboxId]);

    expect([nameOf(mailboxId, 'f1'), nameOf(mailboxId, 'f2'), nameOf('elsewhere', 'f1')]).toEqual([
      'Projects',
      null,
      null,
    ]);
    expect(ofStranger(mailboxId, 'f1')).toBeNull();
  });
});
