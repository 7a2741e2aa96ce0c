import { beforeEach, describe, expect, it } from 'vitest';
import { defined } from '../../../../src/lib/defined.ts';
import { EmailEvent, type IEmailEvent, type IMailFolder } from '../../../../src/models/index.ts';
import { type SenderSummary, summarizeSenders } from '../../../../src/observation/reports/event-senders.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import type { Owner } from '../../../factories/owner.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { at, ours, ownerWith, type Step, buildEvents } from './event-fixture.ts';

useTestDatabase();
let owner: Owner;
beforeEach(async () => {
  await EmailEvent.deleteMany({});
  owner = await ownerWith([]);
});

const message = (messageId: string, steps: readonly Step[], fields: Partial<IEmailEvent> = {}) =>
  buildEvents(owner, messageId, steps, fields);

const window = () => ({ userId: owner.userId.toString(), from: at(-1), to: at(48) });
const summarize = (by: 'address' | 'domain' = 'address', limit = 20) => summarizeSenders(window(), { by, limit });

async function onlySender(): Promise<SenderSummary> {
  const [first, ...others] = await summarize();
  if (first === undefined || others.length > 0) throw new Error(`${others.length + 1} senders instead of one`);
  return first;
}

/** The outcomes that are not zero. */
const outcomesOf = ({ outcomes }: SenderSummary) =>
  Object.fromEntries(Object.entries(outcomes).filter(([, messages]) => messages > 0));

const place = (id: string, kind?: IMailFolder['kind'], parentFolderId?: string): IMailFolder => ({
  id,
  displayName: id,
  ...defined<Partial<IMailFolder>>({ kind, parentFolderId }),
});
const found = (toFolder: string, more: Partial<IEmailEvent> = {}): Step => [
  'arrived',
  0,
  { toFolder, metadata: { foundInPlace: true }, ...more },
];

describe('mail that was found in place', () => {
  beforeEach(async () => {
    const kinds = [place('in', 'inbox'), place('trash', 'deleted'), place('old', undefined, 'trash')];
    const folders = [...kinds, place('work'), place('sent', 'sent')];
    const { userId, _id: mailboxId } = await buildMailbox({ folders, stagingFolderId: 'staging' });
    owner = { userId, mailboxId };
  });

  it.each<[string, string, Step[], number]>([
    ['left', 'lies unread in the inbox', [found('in')], 1],
    ['read', 'lies read in the inbox', [found('in', { isRead: true })], 1],
    ['moved', 'lies in a folder', [found('work')], 1],
    ['moved', 'lies in a folder, and was read since', [found('work'), ['read', 1]], 1],
    ['deleted', 'lies in Deleted Items', [found('trash')], 1],
    ['deleted', 'lies below Deleted Items', [found('old')], 1],
    ['unknown', "lies among the owner's own", [found('sent')], 0],
    ['unknown', 'lies in the staging folder', [found('staging')], 0],
    ['deleted', 'was deleted since', [found('work'), ['deleted', 1]], 0],
    ['read', 'was read in the inbox since', [found('in'), ['read', 1]], 0],
    ['automated', 'was read in the inbox by us since', [found('in'), ['read', 1, ours]], 0],
  ])('counts as %s when it %s', async (outcome, _what, steps, ofThem) => {
    await message('m', steps);

    const sender = await onlySender();

    expect(outcomesOf(sender)).toEqual({ [outcome]: 1 });
    const none = { deleted: 0, moved: 0, read: 0, left: 0 };
    expect(sender.ofThemFoundInPlace).toEqual(ofThem === 0 ? none : { ...none, [outcome]: 1 });
  });

  it('is told with what was moved there, as one folder', async () => {
    await message('found', [found('work')]);
    await message('moved', [['moved', 1, { toFolder: 'work' }]]);

    const mailboxId = owner.mailboxId.toString();
    expect((await onlySender()).movedTo).toEqual([{ mailboxId, folderId: 'work', messages: 2 }]);
  });
});

describe('what was deleted unread', () => {
  it('is counted among the deleted, by the read state at the deletion', async () => {
    await message('unread', [['deleted', 1]]);
    await message('read', [['deleted', 1, { isRead: true }]]);
    await message('saved', [
      ['deleted', 1],
      ['moved', 2, { toFolder: 'work' }],
    ]);

    expect(await onlySender()).toMatchObject({ outcomes: { deleted: 2, moved: 1 }, deletedUnread: 1 });
  });
});

describe('what happened to a message several times', () => {
  it('counts in each window by what was last in it, once a message', async () => {
    const past = { isRead: false, categories: [] };
    const history = [
      { ...past, timestamp: at(2), toFolder: 'work', timeToAction: 7_200, stateVersion: 2 },
      { ...past, timestamp: at(4), toFolder: 'old', timeToAction: 14_400, stateVersion: 3 },
      { ...past, ...ours.metadata, timestamp: at(5), toFolder: 'new', stateVersion: 4 },
    ];
    await message('m', [['moved', 60, { toFolder: 'last', history, occurrences: 4, stateVersion: 5 }]]);

    const mailboxId = owner.mailboxId.toString();
    expect(await onlySender()).toMatchObject({
      messages: 1,
      outcomes: { moved: 1 },
      movedTo: [{ mailboxId, folderId: 'old', messages: 1 }],
      actions: { moved: { messages: 1, medianSeconds: 14_400 } },
      automated: 1,
    });
  });
});
