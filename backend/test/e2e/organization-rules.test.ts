import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../emulator/people.ts';
import { AuditLog, Mailbox, MessageState, Notification, Rule, WebhookSubscription } from '../../src/models/index.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';
import type { Browser } from '../harness/browser.ts';
import { untilPasses } from '../harness/until-passes.ts';

interface Owner {
  readonly person: Person;
  readonly browser: Browser;
  readonly mailboxId: string;
  readonly userId: string;
}

let ada: AutomatedMailbox;
let eva: Owner;
beforeAll(async () => {
  ada = await startAutomatedMailbox();
  eva = await join('eva@contoso.example');
});
afterAll(() => ada[Symbol.asyncDispose]());

/** Somebody whose mailbox is watched, and whom Graph's notifications reach. */
async function join(email: string): Promise<Owner> {
  const person = ada.it365.microsoft.people.add({ email });
  await ada.browser.write('POST', '/api/admin/users', { email });
  const browser = await ada.it365.signedIn(email);
  return untilPasses(async () => {
    const { _id, userId, lastSyncAt } = await Mailbox.findOne({ email }).lean().orFail();
    expect(lastSyncAt).toBeInstanceOf(Date);
    expect((await WebhookSubscription.findOne({ mailboxId: _id }).lean())?.renewAt).toBeInstanceOf(Date);
    return { person, browser, mailboxId: _id.toString(), userId: userId.toString() };
  });
}

let senders = 0;
const nextSender = () => `org${(senders += 1)}@sender.example`;

async function send(browser: Browser, path: string, body: object = {}, method: 'POST' | 'PATCH' = 'POST') {
  const { status, body: answer } = await browser.write(method, path, body);
  return { status, body: Object(answer) };
}

/** The admin makes a rule of the organization. @returns its path */
async function orgRule(senderEmail: string, actionType: string, fields: object = {}): Promise<string> {
  const rule = { scope: 'org', conditions: { senderEmail }, actions: [{ actionType }], ...fields };
  const { status, body } = await send(ada.browser, '/api/rules', rule);
  expect(status).toBe(201);
  return `/api/rules/${body.id}`;
}

async function shown(browser: Browser, path: string) {
  return Object((await browser.once(path)).body);
}

/** Delivers a message and waits until rules have looked at it. @returns its id */
async function delivered(owner: Owner, from: string): Promise<string> {
  const { id } = owner.person.does.deliver({ from });
  await untilPasses(async () => {
    expect(await MessageState.findOne({ mailboxId: owner.mailboxId, messageId: id }).lean()).toMatchObject({
      automation: 'done',
    });
  });
  return id;
}

function folderOf({ person }: Owner, messageId: string): string | undefined {
  const { folders } = person.mailbox;
  const { folderId } = person.mailbox.get(messageId);
  return ['inbox', 'MSEDB Staging', 'archive'].find((name) => {
    try {
      return folders.idByAnyName(name) === folderId;
    } catch {
      return false; // the staging folder is made when it is needed
    }
  });
}

const notices = ({ userId }: Owner, path: string) =>
  Notification.find({ userId, 'relatedEntity.entityId': path.split('/').at(-1) }).lean();

describe('a rule of the organization that deletes', () => {
  it('acts only where its owner has accepted it, is accepted anew when it changes, and ends when it is declined', async () => {
    const sender = nextSender();
    const path = await orgRule(sender, 'delete', { reason: 'These are scams.' });
    await untilPasses(async () => expect(await notices(eva, path)).toHaveLength(1));

    const before = await delivered(eva, sender);
    const open = await shown(eva.browser, path);
    const replay = await send(eva.browser, `${path}/replay`, { mailboxId: eva.mailboxId });
    const accepted = await send(eva.browser, `${path}/accept`, { mailboxId: eva.mailboxId, version: open.version });
    const staged = await delivered(eva, sender);
    const counted = await shown(ada.browser, path);

    expect(folderOf(eva, before)).toBe('inbox');
    expect(open).toMatchObject({
      reason: 'These are scams.',
      needsAcceptance: true,
      acceptance: null,
      answers: [{ mailboxId: eva.mailboxId, standing: 'open', isActing: false }],
    });
    expect(replay).toMatchObject({ status: 200, body: { preview: null } });
    expect(accepted).toMatchObject({ status: 200, body: { answers: [{ standing: 'accepted', isActing: true }] } });
    expect(folderOf(eva, staged)).toBe('MSEDB Staging');
    expect(counted.acceptance).toEqual({ accepted: 1, declined: 0, open: 1, looking: 0 });

    const ofAdmin = ada.person.does.deliver({ from: sender }).id;
    await ada.evaluated(ofAdmin);
    expect(ada.person.mailbox.get(ofAdmin).folderId).toBe(ada.folderId('inbox'));

    const { items } = Object((await eva.browser.once(`/api/audit?targetId=${encodeURIComponent(staged)}`)).body);
    const story = items.map(({ explanation }: { explanation: string }) => explanation).join(' ');
    expect(story).toMatch(/Your organization's rule “.*The owner of the mailbox accepted it on/);

    await send(ada.browser, path, { name: 'Renamed' }, 'PATCH');
    expect(await shown(eva.browser, path)).toMatchObject({ version: 2, answers: [{ standing: 'accepted' }] });
    await send(ada.browser, path, { actions: [{ actionType: 'archive' }] }, 'PATCH');
    const afterChange = await delivered(eva, sender);
    const old = await send(eva.browser, `${path}/accept`, { version: 2 });
    expect(folderOf(eva, afterChange)).toBe('inbox');
    expect(folderOf(eva, staged)).toBe('MSEDB Staging');
    expect(old).toMatchObject({ status: 409, body: { error: { code: 'rule_changed', details: { version: 3 } } } });
    await untilPasses(async () => expect(await notices(eva, path)).toHaveLength(2));

    const declined = await send(eva.browser, `${path}/decline`);
    expect(declined).toMatchObject({ status: 200, body: { answers: [{ standing: 'declined', isActing: false }] } });
    await untilPasses(() => expect(folderOf(eva, staged)).toBe('inbox'));
    expect(folderOf(eva, await delivered(eva, sender))).toBe('inbox');
    expect((await shown(ada.browser, path)).acceptance).toEqual({ accepted: 0, declined: 1, open: 1, looking: 0 });
    expect(
      (
        await AuditLog.find({ targetId: path.split('/').at(-1), userId: eva.userId })
          .sort({ _id: 1 })
          .lean()
      ).map(({ action, openSince }) => [action, openSince]),
    ).toEqual([
      ['rule_accepted', undefined],
      ['rule_declined', undefined],
    ]);
    const { body: exported } = await eva.browser.once('/api/me');
    expect(exported).toMatchObject({
      mailboxes: [{ ruleAnswers: expect.arrayContaining([expect.objectContaining({ answer: 'declined' })]) }],
    });
  });

  it('of an older version of the service waits as well, and takes mail that nobody accepted out of staging', async () => {
    const sender = nextSender();
    const path = await orgRule(sender, 'delete');
    await send(eva.browser, `${path}/accept`, { version: 1 });
    const staged = await delivered(eva, sender);
    expect(folderOf(eva, staged)).toBe('MSEDB Staging');
    const ruleId = path.split('/').at(-1) ?? '';
    await Rule.updateOne({ _id: ruleId }, { $unset: { definitionVersion: 1 } });
    await Mailbox.updateOne({ _id: eva.mailboxId }, { $unset: { ruleAnswers: 1, toldRules: 1 } });

    const later = await delivered(eva, sender);
    await send(ada.browser, `${path}/enable`); // runs the maintenance of all mailboxes now

    expect(folderOf(eva, later)).toBe('inbox');
    await untilPasses(() => expect(folderOf(eva, staged)).toBe('inbox'));
  });
});

describe('a rule of the organization that marks', () => {
  it('acts at once, tells once, can be declined, and waits once it moves', async () => {
    const sender = nextSender();
    const path = await orgRule(sender, 'flag');
    await untilPasses(async () => expect(await notices(eva, path)).toHaveLength(1));
    const [notice] = await notices(eva, path);

    const flagged = await delivered(eva, sender);
    expect(eva.person.mailbox.get(flagged).flag).toEqual({ flagStatus: 'flagged' });
    expect(notice?.message).toContain('You can decline.');
    expect(await notices(eva, path)).toHaveLength(1);

    await send(eva.browser, `${path}/decline`, { mailboxId: eva.mailboxId });
    const left = await delivered(eva, sender);
    expect(eva.person.mailbox.get(left).flag).toEqual({ flagStatus: 'notFlagged' });

    await send(eva.browser, `${path}/accept`, { version: 1 });
    await send(ada.browser, path, { actions: [{ actionType: 'flag' }, { actionType: 'archive' }] }, 'PATCH');
    const waits = await delivered(eva, sender);
    expect(eva.person.mailbox.get(waits).flag).toEqual({ flagStatus: 'notFlagged' });
    expect(folderOf(eva, waits)).toBe('inbox');
    expect(await shown(eva.browser, path)).toMatchObject({
      needsAcceptance: true,
      definitionVersion: 2,
      answers: [{ standing: 'open', isActing: false, answeredVersion: 1 }],
    });
  });

  it('does nothing while its owner has the kill switch on, although it was accepted', async () => {
    const sender = nextSender();
    const path = await orgRule(sender, 'archive');
    await send(eva.browser, `${path}/accept`, { version: 1 });
    await Mailbox.updateOne({ _id: eva.mailboxId }, { $set: { 'settings.automationPaused': true } });
    const paused = await delivered(eva, sender);
    await Mailbox.updateOne({ _id: eva.mailboxId }, { $set: { 'settings.automationPaused': false } });
    const later = await delivered(eva, sender);

    expect([paused, later].map((id) => folderOf(eva, id))).toEqual(['inbox', 'archive']);
  });
});

describe('a rule of the organization is refused', () => {
  it.each<[string, object, string]>([
    ['a letter of the subject', { subjectContains: 'e' }, 'conditions.subjectContains'],
    ['a prefix of the subject', { subjectContains: 'Re:' }, 'conditions.subjectContains'],
    ['a pattern of one letter', { subjectPattern: 'e' }, 'conditions.subjectPattern'],
    ['letters that are one in another form', { subjectContains: 'e\u0301e' }, 'conditions.subjectContains'],
    ['a folder alone', { fromFolder: 'inbox' }, 'conditions'],
    ['all that is no newsletter', { fromFolder: 'inbox', isNewsletter: false }, 'conditions'],
  ])('for %s', async (_what, conditions, field) => {
    const rule = { scope: 'org', conditions, actions: [{ actionType: 'delete' }] };
    const made = await send(ada.browser, '/api/rules', rule);
    const path = await orgRule(nextSender(), 'flag', { isEnabled: false });
    const changed = await send(ada.browser, path, { conditions }, 'PATCH');

    for (const { status, body } of [made, changed]) {
      expect([status, body.error.code, body.error.details]).toEqual([400, 'too_broad', { field }]);
    }
  });

  it('but not for a word of two characters where a character is a word', async () => {
    const rule = { scope: 'org', conditions: { subjectContains: '发票' }, actions: [{ actionType: 'flag' }] };
    expect((await send(ada.browser, '/api/rules', { ...rule, isEnabled: false })).status).toBe(201);
  });
});
