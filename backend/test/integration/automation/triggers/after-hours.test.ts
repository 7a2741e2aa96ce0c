import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extendBeforeResuming } from '../../../../src/automation/staging/extend-expiry.ts';
import { hourMs } from '../../../../src/lib/durations.ts';
import { Mailbox, models, Rule } from '../../../../src/models/index.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { sender, TriggerFixture } from './trigger-fixture.ts';

useTestDatabase(models);
let fixture: TriggerFixture;
beforeEach(async () => {
  fixture = await TriggerFixture.start();
});
afterEach(() => fixture[Symbol.asyncDispose]());

const after = (hours: number) => ({ trigger: { kind: 'afterHours', hours } }) as const;
const archive = (name: string) => [{ actionType: 'move' as const, toFolder: fixture.sync.folderId(name), order: 0 }];

/** A rule that the maintenance has seen, so that it counts from now on. */
async function inForce(fields: Parameters<TriggerFixture['rule']>[0]) {
  const rule = await fixture.rule(fields);
  await fixture.maintain();
  return rule;
}

async function seen(draft: Parameters<TriggerFixture['deliver']>[0] = {}): Promise<string> {
  const id = fixture.deliver(draft);
  await fixture.look();
  return id;
}

async function passAndMaintain(hours: number): Promise<void> {
  fixture.pass(hours);
  await fixture.sync.sync();
  await fixture.maintain();
}

describe('a rule that acts some hours after arrival', () => {
  it('leaves mail alone until then, and acts once', async () => {
    await inForce(after(24));
    const id = await seen();
    await passAndMaintain(23.5);
    expect(fixture.folderOf(id)).toBe('Inbox');

    await passAndMaintain(1);

    expect(fixture.folderOf(id)).toBe('Reading');
    expect(await fixture.acts(id)).toEqual(['rule_executed done']);
    fixture.does.move(id, 'inbox');
    await passAndMaintain(1);
    expect(fixture.folderOf(id)).toBe('Inbox');
  });

  it.each<[string, (id: string) => unknown, string]>([
    ['has opened it', (id) => fixture.does.markRead(id), 'Inbox'],
    ['has moved it', (id) => fixture.does.move(id, 'Later'), 'Later'],
  ])('leaves a message alone whose owner %s, seen or not', async (_case, act, folder) => {
    await inForce(after(24));
    const [observed, unobserved] = [await seen(), await seen()];
    act(observed);
    await passAndMaintain(23);
    act(unobserved);

    fixture.pass(2);
    await fixture.maintain();

    expect([observed, unobserved].map((id) => fixture.folderOf(id))).toEqual([folder, folder]);
    expect(await fixture.acts(observed)).toEqual([]);
    expect(await fixture.acts(unobserved)).toEqual([]);
  });

  it('leaves a message alone that was opened and made unread again, or moved away and back', async () => {
    await inForce(after(24));
    const [opened, moved] = [await seen(), await seen()];
    fixture.does.markRead(opened);
    fixture.does.move(moved, 'Later');
    await fixture.look();
    fixture.does.markRead(opened, false);
    fixture.does.move(moved, 'inbox');
    await fixture.look();

    await passAndMaintain(25);

    expect([opened, moved].map((id) => fixture.folderOf(id))).toEqual(['Inbox', 'Inbox']);
  });

  it('acts on mail that was first seen after its time, as a notification was missed', async () => {
    await inForce(after(2));
    await passAndMaintain(10);
    const receivedAtMs = fixture.sync.emulator.clock.now() - 5 * hourMs;

    const id = await seen({ receivedAtMs });

    expect(fixture.folderOf(id)).toBe('Reading');
    await passAndMaintain(1);
    expect(await fixture.acts(id)).toEqual(['rule_executed done']);
  });

  it('leaves mail alone that had reached its time before the rule was there', async () => {
    const old = await seen();
    await passAndMaintain(30);
    const young = await seen();

    await inForce(after(24));
    await passAndMaintain(25);

    expect(fixture.folderOf(old)).toBe('Inbox');
    expect(fixture.folderOf(young)).toBe('Reading');
  });

  it('counts anew when it is changed', async () => {
    const { _id } = await inForce(after(24));
    const id = await seen();
    fixture.pass(23);
    const change = { trigger: { kind: 'afterHours', hours: 2 } } as const;
    await Rule.updateOne({ _id }, { $set: change, $inc: { version: 1 } });

    await fixture.maintain();
    const later = await seen();
    await passAndMaintain(3);

    expect(fixture.folderOf(id)).toBe('Inbox');
    expect(fixture.folderOf(later)).toBe('Reading');
  });

  it('does nothing about mail that reached its time while automation was paused', async () => {
    await inForce(after(24));
    const missed = await seen();
    await fixture.pause(true);
    await passAndMaintain(20);
    const next = await seen();
    fixture.pass(10);
    const { userId } = fixture.sync;
    await extendBeforeResuming({
      userId: userId.toHexString(),
      mailboxId: fixture.mailboxId,
      stagingHours: 24,
      now: fixture.sync.clock(),
    });
    await fixture.pause(false);

    await fixture.maintain();
    expect(fixture.folderOf(missed)).toBe('Inbox');
    await passAndMaintain(15);

    expect(fixture.folderOf(missed)).toBe('Inbox');
    expect(fixture.folderOf(next)).toBe('Reading');
  });

  it('is tried with the others of its time, in their order; each time counts for itself', async () => {
    await fixture.rule({ ...after(2), priority: 2, actions: archive('Later') });
    await fixture.rule({ ...after(1), priority: 3, actions: [{ actionType: 'flag' }] });
    await inForce({ ...after(1), priority: 4, actions: archive('Reading') });
    const id = await seen();

    await passAndMaintain(5);

    expect(fixture.folderOf(id)).toBe('Later');
    expect(fixture.sync.person.mailbox.get(id).flag.flagStatus).toBe('flagged');
    expect(await fixture.acts(id)).toEqual(['rule_executed done', 'rule_executed done']);
  });

  it('leaves mail of protected senders alone', async () => {
    await inForce(after(2));
    const id = await seen();
    await Mailbox.updateOne({ _id: fixture.mailboxId }, { $set: { 'settings.whitelistedSenders': [sender] } });

    await passAndMaintain(3);

    expect(fixture.folderOf(id)).toBe('Inbox');
  });

  it('stages what it is to delete', async () => {
    await inForce({ ...after(2), actions: [{ actionType: 'delete' }] });
    const id = await seen();

    await passAndMaintain(3);

    expect(fixture.folderOf(id)).toBe('MSEDB Staging');
    expect(await fixture.acts(id)).toEqual(['email_staged done']);
  });

  it('goes on with the others when Graph fails on one message, and comes back to it', async () => {
    await inForce(after(2));
    const [broken, other] = [await seen(), await seen()];
    fixture.sync.emulator.faults.add({
      kind: 500,
      target: 'graph',
      path: `/messages/${encodeURIComponent(broken)}`,
      times: 100,
    });
    await expect(passAndMaintain(3)).rejects.toMatchObject({ name: 'GraphError' });
    expect(fixture.folderOf(other)).toBe('Reading');
    fixture.sync.emulator.faults.clear();

    await fixture.maintain();

    expect(fixture.folderOf(broken)).toBe('Reading');
    expect(await fixture.acts(other)).toEqual(['rule_executed done']);
  });
});
