import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dayMs } from '../../../../src/lib/durations.ts';
import { EmailEvent, models } from '../../../../src/models/index.ts';
import { useTestDatabase } from '../../../harness/database.ts';
import { sender, TriggerFixture } from './trigger-fixture.ts';

useTestDatabase(models);
let fixture: TriggerFixture;
beforeEach(async () => {
  fixture = await TriggerFixture.start();
});
afterEach(() => fixture[Symbol.asyncDispose]());

/** A rule that the maintenance has seen, so that it counts from now on. */
async function inForce(conditions: object): Promise<void> {
  await fixture.rule({ conditions: { olderThanDays: 2, ...conditions } });
  await fixture.maintain();
}

async function seen(draft: Parameters<TriggerFixture['deliver']>[0] = {}): Promise<string> {
  const id = fixture.deliver(draft);
  await fixture.look();
  return id;
}

async function passAndMaintain(days: number): Promise<void> {
  fixture.pass(days * 24);
  await fixture.sync.sync();
  await fixture.maintain();
}

describe('a rule for mail that reaches an age', () => {
  it('takes it then, read or not, once', async () => {
    await inForce({ senderEmail: sender });
    const [unread, read] = [await seen(), await seen()];
    fixture.does.markRead(read);
    await passAndMaintain(1.9);
    expect([unread, read].map((id) => fixture.folderOf(id))).toEqual(['Inbox', 'Inbox']);

    await passAndMaintain(0.2);

    expect([unread, read].map((id) => fixture.folderOf(id))).toEqual(['Reading', 'Reading']);
    expect(await fixture.acts(read)).toEqual(['rule_executed done']);
  });

  it.each<[string, (id: string) => unknown]>([
    ['is flagged', (id) => fixture.does.flag(id)],
    ['was flagged, and is done', (id) => fixture.does.flag(id, 'complete')],
    ['has a category', (id) => fixture.does.categorize(id, ['Blue'])],
  ])('leaves what %s, seen or not', async (_case, mark) => {
    await inForce({ senderEmail: sender });
    const [observed, unobserved] = [await seen(), await seen()];
    mark(observed);
    await passAndMaintain(1.9);
    mark(unobserved);

    fixture.pass(6);
    await fixture.maintain();

    expect([observed, unobserved].map((id) => fixture.folderOf(id))).toEqual(['Inbox', 'Inbox']);
    expect(await fixture.acts(observed)).toEqual([]);
    expect(await fixture.acts(unobserved)).toEqual([]);
  });

  it('takes what lies in the folder that it names, however it came there', async () => {
    await inForce({ fromFolder: fixture.sync.folderId('Later') });
    const [filed, elsewhere] = [await seen(), await seen()];
    fixture.does.move(filed, 'Later');

    await passAndMaintain(2.1);

    expect([filed, elsewhere].map((id) => fixture.folderOf(id))).toEqual(['Reading', 'Inbox']);
  });

  it('leaves in the inbox what its owner has put there', async () => {
    await inForce({ senderEmail: sender });
    const id = await seen({ folder: 'Later' });
    fixture.does.move(id, 'inbox');

    await passAndMaintain(2.1);

    expect(fixture.folderOf(id)).toBe('Inbox');
  });

  it('leaves what was older before, and what comes old', async () => {
    const old = await seen({ receivedAtMs: fixture.sync.emulator.clock.now() - 3 * dayMs });
    await inForce({ senderEmail: sender });
    const imported = await seen({ receivedAtMs: fixture.sync.emulator.clock.now() - 3 * dayMs });

    await passAndMaintain(2.1);

    expect([old, imported].map((id) => fixture.folderOf(id))).toEqual(['Inbox', 'Inbox']);
  });

  it('asks Graph for what it must know when the arrival is not recorded any more', async () => {
    await inForce({ subjectPrefix: '[announce]', isAutomated: true });
    const headers = { 'List-Id': '<all.example>' };
    const [meant, other] = [
      await seen({ subject: 'Re: [Announce] A', headers }),
      await seen({ subject: 'B', headers }),
    ];
    await EmailEvent.deleteMany({ mailboxId: fixture.sync.mailboxId });

    await passAndMaintain(2.1);

    expect([meant, other].map((id) => fixture.folderOf(id))).toEqual(['Reading', 'Inbox']);
  });
});
