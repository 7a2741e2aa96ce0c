import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hourMs } from '../../src/lib/durations.ts';
import { AuditLog, EmailEvent, Mailbox, OrgSettings, Rule, StagedEmail, User } from '../../src/models/index.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';
import { untilPasses } from '../harness/until-passes.ts';

let automated: AutomatedMailbox;
beforeAll(async () => {
  automated = await startAutomatedMailbox(['Reading', 'Reports']);
});
afterEach(async () => {
  await Rule.deleteMany({});
});
afterAll(() => automated[Symbol.asyncDispose]());

const inMailbox = (id: string) => automated.person.does.mailbox.get(id);
const deliver = (from: string, subject = 'Weekly', folder = 'inbox') =>
  automated.person.does.deliver({ from, subject, folder }).id;
const actsOn = (messageId: string) => AuditLog.find({ targetType: 'email', targetId: messageId }).lean();
const toReading = () => [{ actionType: 'move', toFolder: automated.folderId('Reading'), order: 0 } as const];

async function looked(from: string, subject?: string, folder?: string): Promise<string> {
  const id = deliver(from, subject, folder);
  await automated.evaluated(id);
  return id;
}

describe('new mail', () => {
  it('is moved by the first rule that matches, once, and the ledger says what was before and why', async () => {
    const rule = await automated.rule({
      name: 'Read later',
      conditions: { senderEmail: 'news@letters.example' },
      actions: [
        { actionType: 'markRead', order: 0 },
        { ...toReading()[0], order: 1 },
      ],
      priority: 1,
    });
    await automated.rule({
      conditions: { senderDomain: 'letters.example' },
      actions: [{ actionType: 'delete' }],
      priority: 2,
    });

    const id = await looked('news@letters.example');

    expect(inMailbox(id)).toMatchObject({ folderId: automated.folderId('Reading'), isRead: true });
    expect(await actsOn(id)).toMatchObject([
      {
        action: 'rule_executed',
        undoable: true,
        details: {
          ruleId: String(rule._id),
          ruleVersion: 1,
          before: { folderId: automated.folderId('inbox'), isRead: false, flagStatus: 'notFlagged', categories: [] },
          change: { folderId: automated.folderId('Reading'), isRead: true },
          result: 'done',
          why: expect.stringMatching(/“Read later”.* news@letters\.example/),
        },
      },
    ]);
    expect((await Rule.findById(rule._id).lean())?.stats).toMatchObject({ totalExecutions: 1, emailsProcessed: 1 });
  });

  it('is never taken for something that the owner did', async () => {
    await automated.rule({ conditions: { senderEmail: 'own@letters.example' }, actions: toReading() });

    const id = await looked('own@letters.example');

    const moved = await untilPasses(() => EmailEvent.findOne({ messageId: id, eventType: 'moved' }).lean().orFail());
    const [act] = await actsOn(id);
    expect(moved.metadata?.automatedByAction).toEqual(act?._id);
  });

  it('that is to be deleted waits in the staging folder, which is made when it is missing', async () => {
    await automated.rule({ conditions: { senderEmail: 'spam@shop.example' }, actions: [{ actionType: 'delete' }] });

    const first = await looked('spam@shop.example');
    automated.person.does.deleteFolder('MSEDB Staging');
    const second = await looked('spam@shop.example');

    const staging = automated.folderId('MSEDB Staging');
    expect(inMailbox(second).folderId).toBe(staging);
    expect((await Mailbox.findById(automated.owner.mailboxId).lean())?.stagingFolderId).toBe(staging);
    expect(await StagedEmail.find({ messageId: first }).lean()).toHaveLength(1);
    const [row] = await StagedEmail.find({ messageId: second }).lean();
    expect(row).toMatchObject({ status: 'staged', originalFolder: automated.folderId('inbox') });
    expect((row?.expiresAt.getTime() ?? 0) - (row?.stagedAt.getTime() ?? 0)).toBeGreaterThan(23.9 * hourMs);
  });

  it('of the same sender that does not meet the other condition is left alone', async () => {
    await automated.rule({
      conditions: { senderEmail: 'shop@shop.example', subjectContains: 'offer' },
      actions: [{ actionType: 'delete' }],
    });

    const offer = await looked('shop@shop.example', 'Our OFFER of the week');
    const invoice = await looked('shop@shop.example', 'Your invoice');

    expect(inMailbox(offer).folderId).toBe(automated.folderId('MSEDB Staging'));
    expect(inMailbox(invoice).folderId).toBe(automated.folderId('inbox'));
    expect(await actsOn(invoice)).toEqual([]);
  });

  it('that arrives elsewhere is only for rules that name the folder', async () => {
    const fromFolder = automated.folderId('Reports');
    await automated.rule({ conditions: { senderEmail: 'filed@letters.example' }, actions: toReading(), priority: 1 });
    const filed = await looked('filed@letters.example', 'Filed', 'Reports');

    await automated.rule({ conditions: { fromFolder }, actions: [{ actionType: 'flag' }], priority: 2 });
    const named = await looked('filed@letters.example', 'Named', 'Reports');

    expect(inMailbox(filed).folderId).toBe(fromFolder);
    expect(inMailbox(named)).toMatchObject({ folderId: fromFolder, flag: { flagStatus: 'flagged' } });
  });

  it('of protected senders is left alone, by the list of the mailbox or of the organization', async () => {
    await automated.rule({ conditions: { senderDomain: 'friends.example' }, actions: [{ actionType: 'delete' }] });
    const { mailboxId } = automated.owner;
    await Mailbox.updateOne({ _id: mailboxId }, { $set: { 'settings.whitelistedSenders': ['eve@friends.example'] } });
    await OrgSettings.create({ key: 'organization', whitelistedDomains: ['friends.example'] });
    const byOrganization = await looked('anybody@friends.example');
    await OrgSettings.deleteMany({});
    const byMailbox = await looked('eve@friends.example');
    const nobodys = await looked('mallory@friends.example');

    expect([byOrganization, byMailbox].map((id) => inMailbox(id).folderId)).toEqual(
      [0, 1].map(() => automated.folderId('inbox')),
    );
    expect(inMailbox(nobodys).folderId).toBe(automated.folderId('MSEDB Staging'));
  });

  it('falls to the rules of the organization when none of the user is about it', async () => {
    const { userId } = automated.owner;
    const org = { userId, name: 'For all', scope: 'org' as const, priority: 0 };
    await Rule.create({ ...org, conditions: { senderDomain: 'org.example' }, actions: [{ actionType: 'flag' }] });
    await automated.rule({ conditions: { senderEmail: 'mine@org.example' }, actions: toReading(), priority: 5 });

    const mine = await looked('mine@org.example');
    const others = await looked('others@org.example');

    expect(inMailbox(mine)).toMatchObject({
      folderId: automated.folderId('Reading'),
      flag: { flagStatus: 'notFlagged' },
    });
    expect(inMailbox(others)).toMatchObject({ folderId: automated.folderId('inbox'), flag: { flagStatus: 'flagged' } });
  });

  it('gets a category beside those that it has', async () => {
    await automated.rule({
      conditions: { senderEmail: 'cat@letters.example' },
      actions: [
        { actionType: 'categorize', category: 'Later' },
        { actionType: 'categorize', category: 'Blue' },
      ],
    });
    const { id } = automated.person.does.deliver({ from: 'cat@letters.example', categories: ['blue'] });
    await automated.evaluated(id);

    expect(inMailbox(id).categories).toEqual(['blue', 'Later']);
  });
});

async function pause(on: 'user' | 'mailbox', isPaused: boolean): Promise<void> {
  const { userId, mailboxId } = automated.owner;
  if (on === 'user') await User.updateOne({ _id: userId }, { $set: { 'preferences.automationPaused': isPaused } });
  else await Mailbox.updateOne({ _id: mailboxId }, { $set: { 'settings.automationPaused': isPaused } });
}

describe('while the kill switch is on', () => {
  it.each(['user', 'mailbox'] as const)(
    'of the %s, new mail is left alone, and is not made up for later',
    async (on) => {
      await automated.rule({ conditions: { senderEmail: 'paused@letters.example' }, actions: toReading() });
      await pause(on, true);
      const before = await looked('paused@letters.example');
      await pause(on, false);
      const after = await looked('paused@letters.example');

      expect(inMailbox(before).folderId).toBe(automated.folderId('inbox'));
      expect(await actsOn(before)).toEqual([]);
      expect(inMailbox(after).folderId).toBe(automated.folderId('Reading'));
    },
  );
});
