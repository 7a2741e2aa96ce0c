import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Mailbox, Notification, Rule } from '../../src/models/index.ts';
import { buildPattern } from '../factories/pattern.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';
import { Gate } from '../harness/gate.ts';
import { untilPasses } from '../harness/until-passes.ts';

let mailbox: AutomatedMailbox;
beforeAll(async () => {
  mailbox = await startAutomatedMailbox(['Reading', 'A/B']);
  mailbox.person.does.createFolder('Projects', 'inbox');
  await synchronized('Projects');
});
afterAll(() => mailbox[Symbol.asyncDispose]());

const does = () => mailbox.person.does;
let senders = 0;
const nextSender = () => `sender${(senders += 1)}@example.com`;

/** Synchronizes until the service knows a folder of this name. */
async function synchronized(name: string): Promise<void> {
  await mailbox.browser.write('POST', `/api/mailboxes/${mailbox.owner.mailboxId.toString()}/sync`);
  await untilPasses(async () => {
    const { folders } = await Mailbox.findById(mailbox.owner.mailboxId).lean().orFail();
    expect(folders.map(({ displayName }) => displayName)).toContain(name);
  });
}

async function write(path: string, body: object = {}, method: 'POST' | 'PATCH' = 'POST') {
  const { status, body: answer } = await mailbox.browser.write(method, path, body);
  return { status, body: Object(answer) };
}

function newRule(toFolder: string, senderEmail = nextSender()) {
  const actions = [{ actionType: 'markRead' }, { actionType: 'move', toFolder }];
  return write('/api/rules', { mailboxId: mailbox.owner.mailboxId, conditions: { senderEmail }, actions });
}

async function suggestion(toFolder: string): Promise<string> {
  const { _id } = await buildPattern({
    ...mailbox.owner,
    patternType: 'folder-routing',
    status: 'suggested',
    suggestedAt: new Date(),
    condition: { senderEmail: nextSender() },
    suggestedAction: { actionType: 'move', toFolder },
  });
  return `/api/patterns/${_id.toString()}`;
}

describe('a folder over the API', () => {
  it.each([
    ['Inbox/Projects', 'Inbox/Projects'],
    ['inbox/PROJECTS', 'Inbox/Projects'],
    [String.raw`A\/B`, String.raw`A\/B`],
  ])('goes by its path %s, is stored by its id, and shown with both', async (path, shown) => {
    const name = shown === 'Inbox/Projects' ? 'Projects' : 'A/B';
    const id = mailbox.folderId(name);

    const { status, body } = await newRule(path);

    expect([status, body.actions?.[1]?.toFolder]).toEqual([201, { id, name, path: shown }]);
    expect((await Rule.findById(body.id).lean())?.actions[1]?.toFolder).toBe(id);
    const conditions = { senderEmail: nextSender(), fromFolder: 'inbox' };
    const changed = await write(`/api/rules/${body.id}`, { conditions }, 'PATCH');
    expect(changed.body.conditions.fromFolder).toEqual({ id: mailbox.folderId('inbox'), name: 'Inbox', path: 'Inbox' });
  });

  it('that was made since the last synchronization is found by its id', async () => {
    const { id } = does().createFolder('Brand new');

    expect((await newRule(id)).status).toBe(201);
  });

  it('that is nowhere, or a path of nothing, is refused', async () => {
    for (const folder of ['Inbox/Nowhere', 'AAMkAGI2TG93AAA=', '..', '/']) {
      expect(await newRule(folder)).toMatchObject({
        status: 400,
        body: { error: { code: 'unknown_folder', fields: [{ path: ['actions', 'toFolder'] }] } },
      });
    }
  });

  it('works in the approval of a suggestion with changes, and in a replay', async () => {
    const path = await suggestion(mailbox.folderId('Reading'));
    const action = { actionType: 'move', toFolder: 'INBOX/projects' };

    const { status } = await write(`${path}/customize`, { action });
    const again = await write(`${path}/customize`, { action });
    const replayed = await write('/api/rules/replay', {
      mailboxId: mailbox.owner.mailboxId,
      conditions: { senderEmail: nextSender() },
      actions: [action],
    });

    expect([status, again.status, replayed.status]).toEqual([200, 200, 200]);
    const rule = await Rule.findOne({ sourcePatternId: path.slice(-24) }).lean();
    expect(rule?.actions[0]?.toFolder).toBe(mailbox.folderId('Projects'));
  });
});

describe('a path that names two folders', () => {
  it('is refused with the candidates: in a new rule, a change, and a list of events', async () => {
    const { mailboxId } = mailbox.owner;
    const twins = ['twin-1', 'twin-2'].map((id, index) => ({ id, displayName: index === 0 ? 'Twins' : 'TWINS' }));
    await Mailbox.updateOne({ _id: mailboxId }, { $push: { folders: { $each: twins } } });
    const { body: rule } = await newRule('Reading');

    const answers = [
      await newRule('Twins'),
      await write(`/api/rules/${rule.id}`, { actions: [{ actionType: 'move', toFolder: 'twins' }] }, 'PATCH'),
      await mailbox.browser.once(`/api/events?mailbox=${mailboxId.toString()}&folder=twins`),
    ];

    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 400,
        body: {
          error: { code: 'ambiguous_folder', details: { candidates: ['Twins (id twin-1)', 'TWINS (id twin-2)'] } },
        },
      });
    }
    for (const { id } of twins) await Mailbox.updateOne({ _id: mailboxId }, { $pull: { folders: { id } } });
  });
});

describe('a folder that was deleted a moment ago', () => {
  it('stops a run of the rule, which says why and leaves the rest alone', async () => {
    const sender = nextSender();
    does().createFolder('Running');
    await synchronized('Running');
    const messages = [does().deliver({ from: sender }), does().deliver({ from: sender })];
    for (const { id } of messages) await mailbox.evaluated(id);
    const { body: rule } = await newRule('Running', sender);
    const path = `/api/rules/${rule.id}`;
    const { token } = (await write(`${path}/replay`)).body.preview;
    const shredded = new Gate();
    mailbox.it365.microsoft.faults.add({
      kind: 'slow',
      until: shredded.opened,
      target: 'graph',
      method: 'POST',
      path: '/move',
      times: 1,
    });

    const { status } = await write(`${path}/run`, { previewToken: token });
    await untilPasses(async () => {
      expect(await AuditLog.countDocuments({ action: 'rule_executed', 'details.ruleId': rule.id })).toBe(1);
    });
    does().shredFolder('Running');
    shredded.open();

    expect(status).toBe(202);
    await untilPasses(async () => {
      expect((await mailbox.browser.once(`${path}/runs/${token}`)).body).toMatchObject({
        status: 'stopped',
        total: 2,
        done: 0,
        stopReason: 'The rule is suspended: its folder no longer exists',
      });
    });
    expect(messages.filter(({ id }) => mailbox.person.mailbox.get(id).isRead)).toEqual([]);
    expect(await Notification.countDocuments({ 'relatedEntity.entityId': rule.id })).toBe(1);
  });

  it('is refused with the reason: a new rule, a change, an approval, and a decision about many', async () => {
    const trashed = does().createFolder('Trashed').id;
    await synchronized('Trashed');
    const { body: rule } = await newRule('Reading');
    const paths = [await suggestion(trashed), await suggestion(trashed)];
    does().trashFolder('Trashed');

    const answers = [
      await newRule('Trashed'),
      await write(`/api/rules/${rule.id}`, { actions: [{ actionType: 'move', toFolder: trashed }] }, 'PATCH'),
      await write(`${paths[0]}/approve`),
      await write(`${paths[0]}/customize`, { name: 'Another name' }),
    ];
    const many = await write('/api/patterns/bulk', { decision: 'approve', ids: paths.map((path) => path.slice(-24)) });

    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 409,
        body: { error: { code: 'folder_unusable', details: { fault: 'folder_deleted' } } },
      });
      expect(answer.body.error.message).toContain('its folder is in Deleted Items');
    }
    expect(many.body.results).toMatchObject([
      { ok: false, code: 'folder_unusable' },
      { ok: false, code: 'folder_unusable' },
    ]);
    expect(await Rule.countDocuments({ 'actions.toFolder': trashed })).toBe(0);
  });

  it('suspends the rule with words, refuses to enable or run it, and lets it go on when it is back', async () => {
    const sender = nextSender();
    const folder = does().createFolder('Bills').id;
    await synchronized('Bills');
    const { body: rule } = await newRule('Bills', sender);
    const path = `/api/rules/${rule.id}`;
    const { body: replayed } = await write(`${path}/replay`);
    does().trashFolder('Bills');
    const first = does().deliver({ from: sender });
    await mailbox.evaluated(first.id);

    const { body: shown } = await mailbox.browser.once(path);
    const refused = [
      await write(`${path}/enable`),
      await write(`${path}/run`, { previewToken: replayed.preview.token }),
    ];

    expect(mailbox.person.mailbox.get(first.id)).toMatchObject({ isRead: false, folderId: mailbox.folderId('inbox') });
    expect(shown).toMatchObject({
      isEnabled: true,
      suspendedAt: expect.any(String),
      suspendedReason: 'its folder is in Deleted Items',
      suspensions: [{ mailboxId: mailbox.owner.mailboxId.toString(), code: 'folder_deleted' }],
    });
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 409, body: { error: { code: 'folder_unusable' } } });
    }
    expect(await Notification.countDocuments({ 'relatedEntity.entityId': rule.id })).toBe(1);
    does().moveFolder('Bills', 'inbox');
    const next = does().deliver({ from: sender });
    await mailbox.evaluated(next.id);
    expect(mailbox.person.mailbox.get(next.id).folderId).toBe(folder);
    const { body: back } = await mailbox.browser.once(path);
    expect(back).toMatchObject({ suspendedAt: null, suspensions: [] });
  });

  it('is offered no more by undo, which takes another one', async () => {
    const sender = nextSender();
    const { id: old } = does().createFolder('Old');
    await synchronized('Old');
    await write('/api/rules', {
      mailboxId: mailbox.owner.mailboxId,
      conditions: { senderEmail: sender, fromFolder: old },
      actions: [{ actionType: 'move', toFolder: 'Reading' }],
    });
    const { id } = does().deliver({ from: sender, folder: 'Old' });
    await mailbox.evaluated(id);
    does().trashFolder('Old');
    const act = await AuditLog.findOne({ targetType: 'email', targetId: id }).lean().orFail();
    const path = `/api/audit/${act._id.toString()}/undo`;

    const refused = await write(path);
    const undone = await write(path, { folderId: refused.body.error.details.path });

    expect(refused).toMatchObject({
      status: 409,
      body: { error: { code: 'folder_gone', details: { path: 'Inbox' } } },
    });
    expect(undone.status).toBe(200);
    expect(mailbox.person.mailbox.get(id).folderId).toBe(mailbox.folderId('inbox'));
  });
});

describe('a rule of the organization', () => {
  it('names a folder by path, which each mailbox resolves in its own language', async () => {
    const sender = nextSender();
    const { body: rule } = await write('/api/rules', {
      scope: 'org',
      conditions: { senderEmail: sender },
      actions: [{ actionType: 'markRead' }, { actionType: 'move', toFolder: 'inbox/Projects' }],
    });
    const eva = 'eva@contoso.example';
    const person = mailbox.it365.microsoft.people.add({ email: eva, language: 'de' });
    const ben = mailbox.it365.microsoft.people.add({ email: 'ben@contoso.example' });
    person.does.createFolder('Projects', 'Posteingang');
    for (const email of [eva, ben.email]) await mailbox.browser.write('POST', '/api/admin/users', { email });
    const [ofEva, ofBen] = [await mailbox.it365.signedIn(eva), await mailbox.it365.signedIn(ben.email)];
    await untilPasses(async () => {
      for (const email of [eva, ben.email]) {
        const { syncProgress } = await Mailbox.findOne({ email }).lean().orFail();
        expect(syncProgress?.finishedAt).toBeInstanceOf(Date);
      }
    });

    for (const browser of [ofEva, ofBen]) await browser.write('POST', `/api/rules/${rule.id}/accept`, { version: 1 });
    const [atEva, atBen] = [person.does.deliver({ from: sender }), ben.does.deliver({ from: sender })];

    expect(rule).toMatchObject({
      scope: 'org',
      name: expect.stringContaining('to Projects'),
      actions: [{}, { toFolder: { id: 'inbox/Projects', name: 'Projects', path: 'inbox/Projects' } }],
    });
    await untilPasses(async () => {
      expect(person.mailbox.get(atEva.id).folderId).toBe(person.mailbox.folders.idByAnyName('Projects'));
      const { body } = await ofBen.once(`/api/rules/${rule.id}`);
      expect(body).toMatchObject({
        suspendedAt: null,
        suspensions: [{ code: 'no_such_folder', reason: 'this mailbox has no folder of that path' }],
      });
    });
    const inbox = ben.mailbox.folders.idByAnyName('inbox');
    expect(ben.mailbox.get(atBen.id)).toMatchObject({ isRead: false, folderId: inbox });
    expect((await ofEva.once(`/api/rules/${rule.id}`)).body).toMatchObject({ suspensions: [] });
  });
});
