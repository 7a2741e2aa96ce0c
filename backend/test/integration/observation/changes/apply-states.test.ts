import { describe, expect, it } from 'vitest';
import { EmailEvent, MessageState, models } from '../../../../src/models/index.ts';
import { bulkWrite } from '../../../../src/models/store/bulk-write.ts';
import { confirmStates, writeChanges } from '../../../../src/observation/changes/state-writes.ts';
import type { StateChange, StateKey } from '../../../../src/observation/changes/states.ts';
import { buildEmailEvent } from '../../../factories/email-event.ts';
import { buildMessageState } from '../../../factories/message-state.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { at, mailboxOf } from './looks.ts';

useTestDatabase(models);

/** A known message, and the change that it was moved. */
async function movedMessage() {
  const mailbox = mailboxOf();
  const { userId, mailboxId } = mailbox;
  const state = await buildMessageState({ userId, mailboxId, folderId: 'inbox', observedAt: new Date(at(1)) });
  const change = (before: Partial<StateKey>): StateChange => ({
    messageId: state.messageId,
    before: { _id: state._id, version: state.version, observedAt: state.observedAt, ...before },
    values: {
      folderId: 'projects',
      goneAt: undefined,
      isRead: false,
      flagStatus: 'notFlagged',
      categories: [],
      modifiedAt: undefined,
      observedAt: new Date(at(3)),
      lastActionId: undefined,
    },
    events: [],
  });
  return { mailbox, state, change };
}

describe('a change of a state', () => {
  it('is written when nobody wrote or looked since', async () => {
    const { mailbox, state, change } = await movedMessage();

    expect(await writeChanges(mailbox, [change({})])).toMatchObject({ count: 1, contested: [] });

    expect(await MessageState.findById(state._id).lean()).toMatchObject({ folderId: 'projects', version: 2 });
  });

  it.each([
    ['wrote', { version: 0 }],
    ['looked', { observedAt: new Date(at(0)) }],
  ])('is not written when somebody %s since', async (_what, before) => {
    const { mailbox, state, change } = await movedMessage();

    const written = await writeChanges(mailbox, [change(before)]);

    expect(written).toEqual({ count: 0, entries: [], contested: [state.messageId] });
    expect(await MessageState.findById(state._id).lean()).toMatchObject({ folderId: 'inbox', version: 1 });
  });
});

describe('a look that tells nothing new', () => {
  it('moves the time of the last look forward, never back', async () => {
    const { mailbox, state } = await movedMessage();
    const { messageId, version } = state;

    for (const minutes of [5, 4]) {
      expect(await confirmStates(mailbox, [{ messageId, version, answeredAt: at(minutes) }])).toEqual([]);
    }

    expect(await MessageState.findById(state._id).lean()).toMatchObject({ observedAt: new Date(at(5)), version: 1 });
  });

  it('confirms nothing when somebody wrote since', async () => {
    const { mailbox, state } = await movedMessage();
    const { messageId } = state;

    expect(await confirmStates(mailbox, [{ messageId, version: 0, answeredAt: at(5) }])).toEqual([messageId]);

    expect(await MessageState.findById(state._id).lean()).toMatchObject({ observedAt: new Date(at(1)) });
  });
});

describe('a bulk write that the store refuses', () => {
  it('says so without a word of what was in it', async () => {
    const secret = 'A subject of somebody';
    const { _id } = await buildEmailEvent({ subject: secret });
    const update = { $inc: { subject: 1 }, $set: { conversationId: secret } };

    const error: unknown = await bulkWrite(EmailEvent.collection, [{ updateOne: { filter: { _id }, update } }]).catch(
      (thrown: unknown) => thrown,
    );

    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret);
  });
});
