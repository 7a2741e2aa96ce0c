import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog, Mailbox, MessageState, Notification, Rule } from '../../../../src/models/index.ts';
import { checkRulePlaces } from '../../../../src/automation/places/check-rules.ts';
import { suspendForPlace } from '../../../../src/automation/places/suspend-rule.ts';
import { type StagingSuite, startStagingSuite } from '../staging/staging-suite-fixture.ts';
import type { StagingFixture } from '../staging/staging-fixture.ts';
import type { IRule } from '../../../../src/models/index.ts';

let suite: StagingSuite;
let fixture: StagingFixture;
beforeAll(async () => {
  suite = await startStagingSuite();
});
beforeEach(async () => {
  fixture = await suite.newFixture();
});
afterAll(() => suite[Symbol.asyncDispose]());

const asDelivered = { folder: 'Inbox', isRead: false, flag: 'notFlagged', categories: [] };

/** Marks, flags and moves: what a half act would leave behind. */
const filing = (toFolder: string): IRule['actions'] => [
  { actionType: 'markRead', order: 0 },
  { actionType: 'flag', order: 1 },
  { actionType: 'move', toFolder, order: 2 },
];
const archiving: IRule['actions'] = [
  { actionType: 'markRead', order: 0 },
  { actionType: 'archive', order: 1 },
];

async function suspensions() {
  return (await Mailbox.findById(fixture.sync.mailboxId).lean().orFail()).suspendedRules ?? [];
}

function notices() {
  return Notification.find({ userId: fixture.sync.userId, title: 'A rule was suspended' }).lean();
}

/** The synchronization of the mailbox, and what follows it. */
async function synchronize(): Promise<void> {
  await fixture.sync.sync();
  const deps = { graphOf: () => fixture.client, clock: Date.now };
  await checkRulePlaces(deps, { mailboxId: fixture.mailboxId, signal: AbortSignal.timeout(30_000) });
}

describe('a rule whose folder cannot be used does nothing at all to a message', () => {
  it.each<[string, string, () => string]>([
    ['is deleted for good', 'folder_gone', () => made((folder) => does().shredFolder(folder))],
    ['lies in Deleted Items', 'folder_deleted', () => made((folder) => void does().trashFolder(folder))],
    ['lies below a folder in Deleted Items', 'folder_deleted', nestedAndTrashed],
    ['is Recoverable Items', 'folder_outside', () => fixture.sync.folderId('recoverableitemsdeletions')],
    ['is a search folder', 'search_folder', () => does().createSearchFolder('Unread', 'unread').id],
    ['is Drafts', 'folder_closed', () => fixture.sync.folderId('drafts')],
  ])('when it %s', async (_what, code, folder) => {
    const [first, second] = await inbox(filing(folder()));

    expect([first, second].map((id) => fixture.message(id))).toEqual([asDelivered, asDelivered]);
    expect(fixture.writes).toBe(0);
    expect(await suspensions()).toMatchObject([{ ruleId: fixture.rule._id.toHexString(), code }]);
    expect(await notices()).toHaveLength(1);
    expect(await AuditLog.countDocuments({ action: 'rule_suspended', mailboxId: fixture.sync.mailboxId })).toBe(1);
    expect(await Rule.findById(fixture.rule._id).lean()).toMatchObject({ isEnabled: true });
    expect(await automationOf(first)).toBe('done');
  });

  it('when it archives and the mailbox has no archive folder', async () => {
    const person = suite.emulator.people.add({ email: `bare@contoso.example`, without: ['archive'] });
    fixture = await suite.newFixture(person);

    const [id] = await inbox(archiving);

    expect(fixture.message(id)).toEqual(asDelivered);
    expect(await suspensions()).toMatchObject([{ code: 'no_archive' }]);
    expect((await notices())[0]?.message).toContain('archive a message in Outlook');
  });

  it('when the folder is deleted between the look at it and the move', async () => {
    const id = does().createFolder('Short-lived').id;
    suite.emulator.faults.add({
      kind: 'error',
      status: 404,
      code: 'ErrorItemNotFound',
      method: 'POST',
      path: '/move',
      mailbox: fixture.sync.person.email,
      times: 1,
    });

    const [message] = await inbox(filing(id));

    expect(fixture.message(message)).toEqual(asDelivered);
    expect(await fixture.act(message, 'rule_executed')).toMatchObject({
      undoable: false,
      details: { result: 'failed', change: {} },
    });
  });
});

describe('the notice of a suspension', () => {
  it.each([
    ['user', /; or choose another folder for it\.$/],
    ['org', /your organization's rule: create the folder, ask an admin of this service .*, or decline the rule\.$/],
  ] as const)('advises what the owner of the mailbox can do about a rule of scope %s', async (scope, advice) => {
    const { userId, mailboxId } = fixture.sync;

    await suspendForPlace({ userId, mailboxId }, { ...fixture.rule, name: 'Filing', scope }, 'no_such_folder');

    const [notice] = await notices();
    expect(notice?.message).toMatch(advice);
  });
});

describe('a rule that is suspended because of its folder', () => {
  it('goes on by itself when the folder is back, and leaves alone what came meanwhile', async () => {
    const folder = does().createFolder('Projects').id;
    await fixture.sync.sync();
    does().trashFolder('Projects');
    const [missed] = await inbox(filing(folder));
    expect(await suspensions()).toHaveLength(1);
    does().moveFolder('Projects', 'inbox');

    await synchronize();

    expect(await suspensions()).toEqual([]);
    const resumed = { action: 'rule_resumed', targetId: fixture.rule._id.toHexString() };
    expect(await AuditLog.countDocuments(resumed)).toBe(1);
    const next = await fixture.stage();
    expect(fixture.message(next)).toMatchObject({ folder: 'Projects', isRead: true, flag: 'flagged' });
    expect(fixture.message(missed)).toEqual(asDelivered);
  });

  it('goes on with the next message too, before any synchronization', async () => {
    const folder = does().createFolder('Projects').id;
    does().trashFolder('Projects');
    await inbox(filing(folder));
    does().moveFolder('Projects', 'inbox');

    const id = await fixture.stage();

    expect(fixture.message(id).folder).toBe('Projects');
    expect(await suspensions()).toEqual([]);
  });

  it('is found by a synchronization before a message comes, and tells its owner again on another occasion only', async () => {
    const folder = does().createFolder('Projects').id;
    await Rule.updateOne({ _id: fixture.rule._id }, { $set: { actions: filing(folder) } });
    await synchronize();
    expect(await suspensions()).toEqual([]);
    does().trashFolder('Projects');
    await synchronize();
    await synchronize();
    expect(await notices()).toHaveLength(1);
    does().moveFolder('Projects', 'inbox');
    await synchronize();
    does().shredFolder('Projects');

    await synchronize();

    expect(await notices()).toHaveLength(2);
    expect(await suspensions()).toMatchObject([{ code: 'folder_gone' }]);
  });

  it('keeps other rules from its mail, and those whose folder is there from nothing', async () => {
    const folder = does().createFolder('Projects').id;
    does().trashFolder('Projects');
    const other = { conditions: { senderDomain: 'shop.example' }, priority: 9 };
    await Rule.create({ ...other, ...owner(), name: 'Others', actions: [{ actionType: 'markRead' }] });

    const [id] = await inbox(filing(folder));
    const another = await fixture.stage({ from: 'news@shop.example' });

    expect(fixture.message(id)).toEqual(asDelivered);
    expect(fixture.message(another).isRead).toBe(true);
  });

  it('goes on with another folder that its owner has made at the same path', async () => {
    const old = does().createFolder('Projects').id;
    await Rule.updateOne({ _id: fixture.rule._id }, { $set: { actions: filing(old) } });
    await synchronize();
    does().trashFolder('Projects');
    await synchronize();
    expect(await suspensions()).toHaveLength(1);
    const anew = does().createFolder('PROJECTS').id;

    await synchronize();

    expect(await suspensions()).toEqual([]);
    const rule = await Rule.findById(fixture.rule._id).lean();
    expect(rule?.actions.map(({ toFolder }) => toFolder)).toEqual([undefined, undefined, anew]);
    expect(fixture.message(await fixture.stage()).folder).toBe('PROJECTS');
  });

  it('follows its folder through a new name and another place', async () => {
    const folder = does().createFolder('Projects').id;
    does().renameFolder('Projects', 'A/B');
    does().moveFolder('A/B', 'archive');

    const [id] = await inbox(filing(folder));

    expect(fixture.message(id).folder).toBe('A/B');
    expect(await suspensions()).toEqual([]);
  });
});

const does = () => fixture.sync.person.does;
const owner = () => ({ userId: fixture.sync.userId, mailboxId: fixture.sync.mailboxId });

function made(end: (folder: string) => void): string {
  const { id } = does().createFolder('Projects');
  end(id);
  return id;
}

function nestedAndTrashed(): string {
  const above = does().createFolder('Above');
  const { id } = does().createFolder('Below', does().createFolder('Between', above.id).id);
  does().trashFolder('Above');
  return id;
}

/** Two messages come that the rule matches. @returns their ids */
async function inbox(actions: IRule['actions']): Promise<[string, string]> {
  return [await fixture.actOn(actions), await fixture.stage()];
}

async function automationOf(messageId: string) {
  return (await MessageState.findOne({ mailboxId: fixture.sync.mailboxId, messageId }).lean())?.automation;
}
