import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Mailbox, MessageState, models, Rule } from '../../../../src/models/index.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { sender, TriggerFixture } from './trigger-fixture.ts';

useTestDatabase(models);
let fixture: TriggerFixture;
beforeEach(async () => {
  fixture = await TriggerFixture.start();
});
afterEach(() => fixture[Symbol.asyncDispose]());

const onRead = { trigger: { kind: 'onRead' } } as const;

/** New mail that was seen unread. */
async function seen(): Promise<string> {
  const id = fixture.deliver();
  await fixture.look();
  return id;
}

async function readIt(id: string): Promise<void> {
  fixture.does.markRead(id);
  await fixture.look();
}

describe('a rule that acts when the owner has read the message', () => {
  it('leaves new mail alone, and acts once it is read, once', async () => {
    await fixture.rule(onRead);
    const id = await seen();
    expect(fixture.folderOf(id)).toBe('Inbox');

    await readIt(id);

    expect(fixture.folderOf(id)).toBe('Reading');
    expect(await fixture.acts(id)).toEqual(['rule_executed done']);
    fixture.does.move(id, 'inbox');
    fixture.does.markRead(id, false);
    await fixture.look();
    await readIt(id);
    expect(fixture.folderOf(id)).toBe('Inbox');
  });

  it('acts on new mail that was read between two looks', async () => {
    await fixture.rule(onRead);
    const id = fixture.deliver();
    fixture.does.markRead(id);

    await fixture.look();

    expect(fixture.folderOf(id)).toBe('Reading');
  });

  it('does not act when a rule has marked the message as read', async () => {
    await fixture.rule({ name: 'Mark', priority: 0, actions: [{ actionType: 'markRead' }] });
    await fixture.rule({ ...onRead, priority: 1 });
    const id = await seen();

    await fixture.look();

    expect(fixture.sync.person.mailbox.get(id).isRead).toBe(true);
    expect(fixture.folderOf(id)).toBe('Inbox');
    expect(await fixture.acts(id)).toEqual(['rule_executed done']);
  });

  it('does not shadow a rule on arrival, whatever their order', async () => {
    await fixture.rule({ ...onRead, priority: 0 });
    await fixture.rule({ priority: 1, actions: [{ actionType: 'flag' }] });
    const id = await seen();
    expect(fixture.sync.person.mailbox.get(id).flag.flagStatus).toBe('flagged');

    await readIt(id);

    expect(fixture.folderOf(id)).toBe('Reading');
  });

  it('is the first of its moment that matches', async () => {
    await fixture.rule({ ...onRead, priority: 0 });
    await fixture.rule({ ...onRead, priority: 1, actions: [{ actionType: 'flag' }] });
    const id = await seen();

    await readIt(id);

    expect(fixture.sync.person.mailbox.get(id)).toMatchObject({ flag: { flagStatus: 'notFlagged' } });
    expect(await fixture.acts(id)).toHaveLength(1);
  });

  it.each<[string, (id: string) => unknown]>([
    ['moved it at once', (id) => fixture.does.move(id, 'Later')],
    ['made it unread again', (id) => fixture.does.markRead(id, false)],
  ])('leaves a message alone whose owner %s', async (_case, then) => {
    await fixture.rule(onRead);
    const id = await seen();
    fixture.does.markRead(id);
    await fixture.sync.sync();
    then(id);
    const before = fixture.folderOf(id);

    await fixture.look();

    expect(fixture.folderOf(id)).toBe(before);
    expect(await fixture.acts(id)).toEqual([]);
  });

  it('does nothing about mail that was read while automation was paused, also later', async () => {
    await fixture.rule(onRead);
    const id = await seen();
    await fixture.pause(true);
    await readIt(id);
    await fixture.pause(false);

    await fixture.look();

    expect(fixture.folderOf(id)).toBe('Inbox');
    expect(await MessageState.findOne({ messageId: id }).lean()).toMatchObject({ automationOnRead: 'done' });
  });

  it('acts by what it is when the message is read', async () => {
    const { _id } = await fixture.rule(onRead);
    const id = await seen();
    const toFolder = fixture.sync.folderId('Later');
    await Rule.updateOne({ _id }, { $set: { actions: [{ actionType: 'move', toFolder }] }, $inc: { version: 1 } });

    await readIt(id);

    expect(fixture.folderOf(id)).toBe('Later');
  });

  it('leaves mail of protected senders alone', async () => {
    await fixture.rule(onRead);
    const { mailboxId } = fixture.sync;
    await Mailbox.updateOne({ _id: mailboxId }, { $set: { 'settings.whitelistedSenders': [sender] } });
    const id = await seen();

    await readIt(id);

    expect(fixture.folderOf(id)).toBe('Inbox');
  });

  it('is not waited for when there is none', async () => {
    const id = await seen();

    await readIt(id);

    expect(await MessageState.findOne({ messageId: id }).lean()).toMatchObject({ automationOnRead: 'done' });
  });
});
