import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { EmailEvent, models } from '../../../../src/models/index.ts';
import { maxPastOccurrences } from '../../../../src/models/EmailEvent.ts';
import { applyObservations } from '../../../../src/observation/changes/apply.ts';
import { type Entry, recordEvents } from '../../../../src/observation/changes/event-log.ts';
import type { EventRow } from '../../../../src/observation/changes/event-row.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { at, mailboxOf, seen } from './looks.ts';

useTestDatabase(models);

const rule = new Types.ObjectId();
const action = new Types.ObjectId();

/** A move of the message, recorded from a version of its state; those of a rule carry their action. */
function move(version: number, fields: Partial<EventRow> = {}): Entry {
  const row: EventRow = {
    eventType: 'moved',
    timestamp: new Date(at(version)),
    toFolder: `folder-${version}`,
    importance: 'normal',
    hasAttachments: false,
    categories: [],
    isRead: false,
    ...fields,
  };
  return { messageId: 'message', version, events: [row] };
}

const rowOf = async ({ mailboxId }: { readonly mailboxId: Types.ObjectId }) =>
  EmailEvent.findOne({ mailboxId, eventType: 'moved' }).lean();

describe('the history of an event', () => {
  it('keeps each occurrence before the last one, with its folders, its time and whose act it was', async () => {
    const mailbox = mailboxOf();
    const ours = { automatedByRule: rule, automatedByAction: action };

    await recordEvents(mailbox, [move(2, { fromFolder: 'inbox', timeToAction: 120, categories: ['red'] })]);
    await recordEvents(mailbox, [move(3, { metadata: ours, isRead: true })]);
    await recordEvents(mailbox, [move(4)]);

    const row = await rowOf(mailbox);
    expect(row).toMatchObject({ occurrences: 3, stateVersion: 4, toFolder: 'folder-4', timestamp: new Date(at(4)) });
    expect(row?.metadata ?? {}).toEqual({});
    const first = { timestamp: new Date(at(2)), fromFolder: 'inbox', toFolder: 'folder-2', timeToAction: 120 };
    const second = { timestamp: new Date(at(3)), toFolder: 'folder-3', ...ours };
    expect(row?.history).toEqual([
      { ...first, isRead: false, categories: ['red'], stateVersion: 2 },
      { ...second, isRead: true, categories: [], stateVersion: 3 },
    ]);
  });

  it('takes an occurrence once, however often it is recorded, one after another or at once', async () => {
    const mailbox = mailboxOf();

    for (const version of [2, 3, 4]) {
      const written = await Promise.all([1, 2, 3].map(() => recordEvents(mailbox, [move(version)])));
      expect(written.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
      expect(await recordEvents(mailbox, [move(version)])).toBe(0);
    }

    const row = await rowOf(mailbox);
    expect(row?.occurrences).toBe(3);
    expect(row?.history?.map(({ stateVersion }) => stateVersion)).toEqual([2, 3]);
  });

  it('begins with what a row holds that was written without one', async () => {
    const mailbox = mailboxOf();
    await recordEvents(mailbox, [move(2)]);
    expect(await rowOf(mailbox)).not.toHaveProperty('history');
    await EmailEvent.updateOne({ mailboxId: mailbox.mailboxId }, { $set: { occurrences: 7 } });

    await recordEvents(mailbox, [move(3)]);

    expect(await rowOf(mailbox)).toMatchObject({ occurrences: 8, history: [{ toFolder: 'folder-2' }] });
  });

  it('keeps the newest fifty', async () => {
    const mailbox = mailboxOf();

    for (let version = 2; version < 56; version += 1) await recordEvents(mailbox, [move(version)]);

    const versions = (await rowOf(mailbox))?.history?.map(({ stateVersion }) => stateVersion);
    expect(versions).toEqual(Array.from({ length: maxPastOccurrences }, (_, index) => index + 5));
  });

  it('is stored as Mongoose would store it', async () => {
    const mailbox = mailboxOf();
    for (const [minute, parentFolderId] of ['inbox', 'work', 'inbox', 'work'].entries())
      await applyObservations(mailbox, [seen({ parentFolderId }, at(minute + 1))]);

    const stored = await EmailEvent.collection.findOne({ mailboxId: mailbox.mailboxId, eventType: 'moved' });

    const document = new EmailEvent(stored);
    await document.validate();
    expect(document.toObject()).toEqual(stored);
    expect(stored?.['history']).toHaveLength(2);
  });
});
