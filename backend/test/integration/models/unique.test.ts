import { Types } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { EmailEvent, models, Rule, User } from '../../../src/models/index.ts';
import { buildEmailEvent } from '../../factories/email-event.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { buildMessageState } from '../../factories/message-state.ts';
import { buildRule } from '../../factories/rule.ts';
import { buildUser } from '../../factories/user.ts';
import { buildWebhookSubscription } from '../../factories/webhook-subscription.ts';
import { useTestDatabase } from '../../harness/database.ts';

const duplicate = { code: 11_000 };

useTestDatabase(models);

describe('unique indexes', () => {
  it('allow one user an address, however it is typed', async () => {
    await buildUser({ email: 'one@example.com' });

    await expect(buildUser({ email: 'ONE@example.com ' })).rejects.toMatchObject(duplicate);
  });

  it('allow one user a Microsoft account, and many users without one', async () => {
    const microsoftId = 'entra-object-id';
    await buildUser({ microsoftId });
    await buildUser();
    await buildUser();

    await expect(buildUser({ microsoftId })).rejects.toMatchObject(duplicate);
    expect(await User.countDocuments({ microsoftId })).toBe(1);
  });

  it('allow a mailbox once for each user', async () => {
    const { userId, email } = await buildMailbox();
    await buildMailbox({ email });

    await expect(buildMailbox({ userId, email: email.toUpperCase() })).rejects.toMatchObject(duplicate);
  });

  it('allow a Graph subscription once', async () => {
    const { subscriptionId } = await buildWebhookSubscription();

    await expect(buildWebhookSubscription({ subscriptionId })).rejects.toMatchObject(duplicate);
  });

  it('allow one state a message of a mailbox', async () => {
    const { userId, mailboxId, messageId } = await buildMessageState();
    await buildMessageState({ messageId });

    await expect(buildMessageState({ userId, mailboxId, messageId })).rejects.toMatchObject(duplicate);
  });

  it('allow many rules without a Graph id, for that index is sparse only', async () => {
    const [first, second] = [await buildRule(), await buildRule()];

    const without = await Rule.find({ graphRuleId: null }).sort({ _id: 1 }).lean();

    expect(without.map(({ _id }) => String(_id))).toEqual([String(first._id), String(second._id)]);
  });
});

describe('the one row of a message and event type', () => {
  it('refuses a second insert', async () => {
    const first = await buildEmailEvent({ eventType: 'moved' });
    const { userId, mailboxId, messageId } = first;
    const other = await buildEmailEvent({ userId, mailboxId, messageId, eventType: 'read' });

    await expect(buildEmailEvent({ userId, mailboxId, messageId, eventType: 'moved' })).rejects.toMatchObject(
      duplicate,
    );
    expect(other.messageId).toBe(messageId);
  });

  it('is updated when the same thing happens again', async () => {
    const identity = {
      userId: new Types.ObjectId(),
      mailboxId: new Types.ObjectId(),
      messageId: 'moved-twice',
      eventType: 'moved' as const,
    };
    const secondAt = new Date(); // recent: the store removes old events
    const firstAt = new Date(secondAt.getTime() - 60_000);
    const record = (timestamp: Date, fromFolder: string, toFolder: string) =>
      EmailEvent.findOneAndUpdate(
        identity,
        { $set: { timestamp, fromFolder, toFolder }, $inc: { occurrences: 1 } },
        { upsert: true, returnDocument: 'after' },
      );

    const first = await record(firstAt, 'inbox', 'projects');
    const second = await record(secondAt, 'projects', 'archive');

    expect(first).toMatchObject({ occurrences: 1, importance: 'normal', isRead: false });
    expect(second).toMatchObject({
      occurrences: 2,
      timestamp: secondAt,
      fromFolder: 'projects',
      toFolder: 'archive',
    });
    expect(second?._id).toEqual(first?._id);
    expect(await EmailEvent.countDocuments(identity)).toBe(1);
  });
});
