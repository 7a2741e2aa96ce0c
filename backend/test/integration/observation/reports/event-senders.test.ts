import { Types } from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { EmailEvent, type IEmailEvent } from '../../../../src/models/index.ts';
import { type SenderSummary, summarizeSenders } from '../../../../src/observation/reports/event-senders.ts';
import { buildEmailEvent } from '../../../factories/email-event.ts';
import { buildMailbox } from '../../../factories/mailbox.ts';
import type { Owner } from '../../../factories/owner.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { at, boss, ours, ownerWith, type Step, buildEvents } from './event-fixture.ts';

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

const counts = (found: readonly SenderSummary[]) => found.map(({ sender, messages }) => [sender, messages]);

describe('the outcome of a message', () => {
  it.each<[string, string, Step[]]>([
    ['left', 'arrived, and nothing else', [['arrived', 0]]],
    [
      'read',
      'was read',
      [
        ['arrived', 0],
        ['read', 1],
      ],
    ],
    ['read', 'arrived before the window', [['read', 1]]],
    [
      'deleted',
      'was read and then deleted',
      [
        ['arrived', 0],
        ['read', 1],
        ['deleted', 2],
      ],
    ],
    [
      'deleted',
      'was deleted, and only then marked as read',
      [
        ['deleted', 1],
        ['read', 2],
      ],
    ],
    [
      'deleted',
      'was moved and then deleted',
      [
        ['moved', 1, { toFolder: 'work' }],
        ['deleted', 2],
      ],
    ],
    [
      'moved',
      'was deleted and then moved out again',
      [
        ['deleted', 1],
        ['moved', 2, { toFolder: 'work' }],
      ],
    ],
    [
      'flagged',
      'was flagged and then read',
      [
        ['flagged', 1],
        ['read', 2],
      ],
    ],
    [
      'categorized',
      'was given a category and read',
      [
        ['categorized', 1],
        ['read', 1],
      ],
    ],
    [
      'flagged',
      'was given a flag and a category',
      [
        ['flagged', 1],
        ['categorized', 2],
      ],
    ],
    [
      'automated',
      'was moved by us alone',
      [
        ['arrived', 0],
        ['moved', 1, ours],
      ],
    ],
    [
      'read',
      'was moved by us and read by its owner',
      [
        ['arrived', 0],
        ['moved', 2, ours],
        ['read', 1],
      ],
    ],
    [
      'deleted',
      'was moved by us and then deleted by its owner',
      [
        ['moved', 1, ours],
        ['deleted', 2],
      ],
    ],
    ['unknown', 'was there before the mailbox was watched', [['arrived', 0, { metadata: { foundInPlace: true } }]]],
    [
      'read',
      'was there before, and read since',
      [
        ['arrived', 0, { metadata: { foundInPlace: true } }],
        ['read', 1],
      ],
    ],
  ])('is %s when it %s', async (outcome, _what, steps) => {
    await message('m', steps);

    const sender = await onlySender();

    expect([outcomesOf(sender), sender.messages]).toEqual([{ [outcome]: 1 }, 1]);
  });

  it('takes actions of ours without a rule for ours, too', async () => {
    await message('m', [
      ['arrived', 0],
      ['read', 1, { metadata: { automatedByAction: new Types.ObjectId() } }],
    ]);

    expect(await onlySender()).toMatchObject({
      outcomes: { automated: 1 },
      automated: 1,
      actions: { read: { messages: 0 } },
    });
  });
});

describe('times when nobody watched', () => {
  beforeEach(async () => {
    const windows = [2, 8, 14, 20, 26].map((hour) => ({
      from: at(hour),
      to: at(hour + 2),
      reason: 'service_down' as const,
    }));
    owner = await ownerWith(windows);
  });

  it('make what lies in them unknown, and what was seen later counts', async () => {
    await message('deleted-unseen', [
      ['arrived', 1],
      ['read', 1.5],
      ['deleted', 3],
    ]);
    await message('arrived-unseen', [['arrived', 9]]);
    await message('read-later', [
      ['arrived', 15],
      ['read', 17],
    ]);
    await message('at-the-end', [
      ['arrived', 0],
      ['read', 4],
    ]);
    await message('at-the-beginning', [
      ['arrived', 0],
      ['read', 26],
    ]);

    const sender = await onlySender();

    expect(outcomesOf(sender)).toEqual({ unknown: 3, read: 2 });
    expect(sender).toMatchObject({ messages: 5, arrived: 5, excludedBlind: 2 });
    expect(sender.actions).toMatchObject({ read: { messages: 3 }, deleted: { messages: 0, medianSeconds: null } });
  });

  it('are those of the mailbox itself', async () => {
    const other = await buildMailbox({ userId: owner.userId });
    await message('m', [['arrived', 3]], { mailboxId: other._id });

    expect(outcomesOf(await onlySender())).toEqual({ left: 1 });
  });
});

describe('the summary by sender', () => {
  it('counts the messages of each, with the folders they were put in and how long it took', async () => {
    for (const [n, toFolder] of ['work', 'work', 'old'].entries()) {
      await message(`moved-${n}`, [
        ['arrived', 0],
        ['read', n + 1],
        ['moved', n + 2, { toFolder }],
      ]);
    }
    await message('twice', [
      ['moved', 5, { toFolder: 'old', occurrences: 3 }],
      ['deleted', 6],
    ]);
    await message('ours', [
      ['arrived', 0],
      ['moved', 1, { ...ours, toFolder: 'staging' }],
    ]);

    const sender = await onlySender();

    expect(sender).toMatchObject({ sender: boss.email, messages: 5, arrived: 4, automated: 1, excludedBlind: 0 });
    const mailboxId = owner.mailboxId.toString();
    expect(sender.movedTo).toEqual([
      { mailboxId, folderId: 'work', messages: 2 },
      { mailboxId, folderId: 'old', messages: 1 },
    ]);
    expect(sender.actions).toMatchObject({
      read: { messages: 3, medianSeconds: 2 * 3_600 },
      moved: { messages: 4 },
      deleted: { messages: 1, medianSeconds: 6 * 3_600 },
      flagged: { messages: 0, medianSeconds: null },
    });
  });

  it('puts those with the most messages first, together by domain, and mail without a sender too', async () => {
    await message('a', [['arrived', 0]]);
    await message(
      'b',
      [
        ['arrived', 0],
        ['read', 1],
      ],
      { sender: { ...boss, email: 'hr@fabrikam.example' } },
    );
    await message('c', [['arrived', 0]]);
    await buildEmailEvent({ ...owner, timestamp: at(1) });

    expect(counts(await summarize('domain'))).toEqual([
      ['fabrikam.example', 3],
      [null, 1],
    ]);
    expect(counts(await summarize('address', 1))).toEqual([[boss.email, 2]]);
    expect(counts(await summarize())).toHaveLength(3);
    expect(await summarize()).toContainEqual(expect.objectContaining({ sender: null, messages: 1, arrived: 1 }));
  });

  it('keeps to its window, its mailbox and its user, and tells messages of the same id in two mailboxes apart', async () => {
    const second = await buildMailbox({ userId: owner.userId });
    await message('m', [
      ['arrived', 0],
      ['read', 47.9],
      ['deleted', 48],
    ]);
    await message('m', [['arrived', 1]], { mailboxId: second._id });
    await message('before', [['arrived', -2]]);
    await message('m', [['arrived', 1]], { userId: new Types.ObjectId() });

    expect(outcomesOf(await onlySender())).toEqual({ read: 1, left: 1 });
    const ofSecond = { ...window(), mailboxId: second._id.toString() };
    expect(await summarizeSenders(ofSecond, { by: 'address', limit: 20 })).toMatchObject([
      { messages: 1, outcomes: { left: 1 } },
    ]);
  });
});
