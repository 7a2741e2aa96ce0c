import { Types } from 'mongoose';
import { beforeEach, describe, expect, it } from 'vitest';
import { EmailEvent, MessageState, models } from '../../../../src/models/index.ts';
import { applyObservations } from '../../../../src/observation/changes/apply.ts';
import type { ObservedMailbox } from '../../../../src/observation/changes/observation.ts';
import { buildAuditLog } from '../../../factories/audit-log.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { at, mailboxOf, seen } from './looks.ts';

useTestDatabase(models);

let mailbox: ObservedMailbox;
beforeEach(async () => {
  mailbox = mailboxOf();
  await applyObservations(mailbox, [seen({}, at(1))]);
});

const ruleId = new Types.ObjectId();

/** Writes down that we did something to the message. */
async function act(details: Record<string, unknown>, fields = {}): Promise<Types.ObjectId> {
  const { userId, mailboxId } = mailbox;
  const target = { action: 'rule_executed', targetType: 'email', targetId: 'message' } as const;
  return (await buildAuditLog({ userId, mailboxId, ...target, details, ...fields }))._id;
}
const finishedAt = (minutes: number) => new Date(at(minutes)).toISOString();
const moved = () => EmailEvent.findOne({ mailboxId: mailbox.mailboxId, eventType: 'moved' }).lean();
const state = () => MessageState.findOne({ mailboxId: mailbox.mailboxId }).lean().orFail();

describe('an event that an action of ours brought about', () => {
  it('is stamped with the action and its rule', async () => {
    const action = await act({ ruleId: String(ruleId), change: { folderId: 'projects' }, finishedAt: finishedAt(2) });

    await applyObservations(mailbox, [seen({ parentFolderId: 'projects', isRead: true }, at(3))]);

    expect(await moved()).toMatchObject({ metadata: { automatedByAction: action, automatedByRule: ruleId } });
    const read = await EmailEvent.findOne({ mailboxId: mailbox.mailboxId, eventType: 'read' }).lean();
    expect(read).not.toHaveProperty('metadata');
    expect(await state()).toMatchObject({ lastActionId: action });
  });

  it('is stamped without a rule when there was none', async () => {
    const action = await act({ change: { folderId: 'projects' } });

    await applyObservations(mailbox, [seen({ parentFolderId: 'projects' }, at(3))]);

    expect((await moved())?.metadata).toEqual({ automatedByAction: action });
  });

  it("is the owner's again when the owner does the same", async () => {
    await act({ ruleId: String(ruleId), change: { folderId: 'projects' }, finishedAt: finishedAt(2) });
    await applyObservations(mailbox, [seen({ parentFolderId: 'projects' }, at(3))]);
    await applyObservations(mailbox, [seen({}, at(4))]);

    await applyObservations(mailbox, [seen({ parentFolderId: 'projects' }, at(5))]);

    const event = await moved();
    expect(event).toMatchObject({ occurrences: 3, toFolder: 'projects', stateVersion: 4 });
    expect(event?.metadata ?? {}).toEqual({});
  });

  it('is ours again when we do it again', async () => {
    await applyObservations(mailbox, [seen({ parentFolderId: 'projects' }, at(3))]);
    const action = await act({ change: { folderId: 'archive' }, finishedAt: finishedAt(4) });

    await applyObservations(mailbox, [seen({ parentFolderId: 'archive' }, at(5))]);

    expect(await moved()).toMatchObject({ occurrences: 2, metadata: { automatedByAction: action } });
  });
});

describe("an event that is the owner's", () => {
  it('is not taken for what we did before a look that showed nothing of it', async () => {
    const action = await act({ change: { folderId: 'projects' }, finishedAt: finishedAt(2) });
    await applyObservations(mailbox, [seen({}, at(3))]);

    await applyObservations(mailbox, [seen({ parentFolderId: 'projects' }, at(4))]);

    expect(await moved()).not.toHaveProperty('metadata');
    expect(await state()).toMatchObject({ lastActionId: action, version: 3 });
  });

  it.each([
    ['to another message', {}, { targetId: 'another' }],
    ['in another mailbox', {}, { mailboxId: new Types.ObjectId() }],
    ['to a rule of that name', {}, { targetType: 'rule' }],
    ['and noted in a form that is not known', { change: 'projects' }, {}],
  ])('is not taken for what we did %s', async (_what, details, fields) => {
    await act({ change: { folderId: 'projects' }, finishedAt: finishedAt(2), ...details }, fields);

    await applyObservations(mailbox, [seen({ parentFolderId: 'projects' }, at(3))]);

    expect(await moved()).toMatchObject({ occurrences: 1 });
    expect(await moved()).not.toHaveProperty('metadata');
    expect(await state()).not.toHaveProperty('lastActionId');
  });
});
