import { describe, expect, it } from 'vitest';
import { EmailEvent, MessageState, models } from '../../../../src/models/index.ts';
import { applyObservations } from '../../../../src/observation/changes/apply.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { at, gone, mailboxOf, seen } from './looks.ts';

useTestDatabase(models);

const invitation = { '@odata.type': '#microsoft.graph.eventMessageRequest' };
const types = [invitation['@odata.type'], '#microsoft.graph.eventMessage', '#Microsoft.Graph.EventMessageResponse'];

const stateOf = ({ mailboxId }: ReturnType<typeof mailboxOf>) => MessageState.findOne({ mailboxId }).lean().orFail();
const marksOf = async ({ mailboxId }: ReturnType<typeof mailboxOf>) => {
  const events = await EmailEvent.find({ mailboxId }).sort({ eventType: 1 }).lean();
  return events.map(({ eventType, metadata }) => [eventType, metadata?.isMeeting ?? false]);
};

describe('an invitation to a meeting', () => {
  it.each(types)('is marked, with its events, and kept from rules: %s', async (type) => {
    const mailbox = mailboxOf();

    await applyObservations(mailbox, [seen({ '@odata.type': type }, at(1))]);

    expect(await stateOf(mailbox)).toMatchObject({ isMeeting: true, automation: 'done' });
    expect(await marksOf(mailbox)).toEqual([['arrived', true]]);
  });

  it.each([undefined, null, '#microsoft.graph.message'])('is not what comes as %s', async (type) => {
    const mailbox = mailboxOf();

    await applyObservations(mailbox, [seen({ '@odata.type': type }, at(1))]);

    expect(await stateOf(mailbox)).toMatchObject({ automation: 'pending' });
    expect(await stateOf(mailbox)).not.toHaveProperty('isMeeting');
    expect(await marksOf(mailbox)).toEqual([['arrived', false]]);
  });

  it('stays marked when later answers do not show its type, or it is gone', async () => {
    const mailbox = mailboxOf();
    await applyObservations(mailbox, [seen(invitation, at(1))]);

    await applyObservations(mailbox, [seen({ isRead: true, parentFolderId: 'projects' }, at(2))]);
    await applyObservations(mailbox, [gone('message', at(3))]);

    expect(await stateOf(mailbox)).toMatchObject({ isMeeting: true });
    expect(await marksOf(mailbox)).toEqual([
      ['arrived', true],
      ['disappeared', true],
      ['moved', true],
      ['read', true],
    ]);
  });

  it('is marked with the events that were recorded before it was seen as one', async () => {
    const mailbox = mailboxOf();
    await applyObservations(mailbox, [seen({}, at(1))]);
    await applyObservations(mailbox, [seen({ isRead: true }, at(2))]);

    await applyObservations(mailbox, [seen({ ...invitation, isRead: true }, at(3))]);

    expect(await stateOf(mailbox)).toMatchObject({ isMeeting: true });
    expect(await marksOf(mailbox)).toEqual([
      ['arrived', true],
      ['read', true],
    ]);
  });

  it('is marked by an answer that is too old to say anything else', async () => {
    const mailbox = mailboxOf();
    await applyObservations(mailbox, [seen({}, at(1))]);
    await applyObservations(mailbox, [seen({ parentFolderId: 'trash' }, at(5))]);

    const report = await applyObservations(mailbox, [seen(invitation, at(3))]);

    expect(report).toMatchObject({ events: 0, stale: ['message'] });
    expect(await stateOf(mailbox)).toMatchObject({ isMeeting: true, folderId: 'trash' });
    expect(await marksOf(mailbox)).toEqual([
      ['arrived', true],
      ['deleted', true],
    ]);
  });

  it('is marked, whoever else records its changes at the same moment', async () => {
    const rounds = Array.from({ length: 20 }, async () => {
      const mailbox = mailboxOf();
      await applyObservations(mailbox, [seen({}, at(1))]);
      await Promise.all([
        applyObservations(mailbox, [seen({ isRead: true }, at(2))]),
        applyObservations(mailbox, [seen(invitation, at(1) + 500)]),
        applyObservations(mailbox, [seen({ isRead: true, parentFolderId: 'projects' }, at(3))]),
      ]);
      return { state: await stateOf(mailbox), marks: await marksOf(mailbox) };
    });

    for (const { state, marks } of await Promise.all(rounds)) {
      expect(state).toMatchObject({ isMeeting: true });
      expect(marks.length).toBeGreaterThanOrEqual(2);
      expect(marks.map(([, isMarked]) => isMarked)).not.toContain(false);
    }
  });
});
