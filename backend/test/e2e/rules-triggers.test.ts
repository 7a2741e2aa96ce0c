import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hourMs } from '../../src/lib/durations.ts';
import { AuditLog, Mailbox, MessageState, Rule } from '../../src/models/index.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';
import { isIn } from '../../src/models/store/query-operators.ts';
import { z } from 'zod';
import { untilPasses } from '../harness/until-passes.ts';

let automated: AutomatedMailbox;
beforeAll(async () => {
  automated = await startAutomatedMailbox(['Codes']);
});
afterEach(async () => {
  await Rule.deleteMany({});
});
afterAll(() => automated[Symbol.asyncDispose]());

const withId = z.object({ id: z.string() });
const inMailbox = (id: string) => automated.person.does.mailbox.get(id);
const folderOf = (id: string) => automated.person.mailbox.folders.get(inMailbox(id).folderId).displayName;

async function arrived(draft: Parameters<AutomatedMailbox['person']['does']['deliver']>[0]): Promise<string> {
  const { id } = automated.person.does.deliver(draft);
  await automated.evaluated(id);
  return id;
}

async function create(body: object) {
  const mailboxId = automated.owner.mailboxId.toHexString();
  return automated.browser.write('POST', '/api/rules', { mailboxId, ...body });
}

describe('a login code', () => {
  it('is put away after its owner has read it', async () => {
    const created = await create({
      conditions: { senderEmail: 'codes@shop.example' },
      actions: [{ actionType: 'delete' }],
      trigger: { kind: 'onRead' },
    });
    expect(created).toMatchObject({
      status: 201,
      body: { name: 'Delete mail of codes@shop.example after it is read', trigger: { kind: 'onRead', hours: null } },
    });
    const id = await arrived({ from: 'codes@shop.example', subject: 'Your code' });
    expect(folderOf(id)).toBe('Inbox');

    automated.person.does.markRead(id);

    await untilPasses(() => expect(folderOf(id)).toBe('MSEDB Staging'));
    const [act] = await untilPasses(async () => {
      const acts = await AuditLog.find({ targetType: 'email', targetId: id, 'details.result': 'done' }).lean();
      expect(acts).toHaveLength(1);
      return acts;
    });
    expect(act?.details?.['why']).toContain('its owner has read it');
    const undone = await automated.browser.write('POST', `/api/audit/${String(act?._id)}/undo`, {});
    expect(undone.status).toBe(200);
    expect(folderOf(id)).toBe('Inbox');
  });
});

describe('an alert that nobody opens', () => {
  it('is put away some hours after its arrival', async () => {
    const created = await create({
      conditions: { listId: '<Alerts.Shop.Example>', isAutomated: true },
      actions: [{ actionType: 'move', toFolder: automated.folderId('Codes') }],
      trigger: { kind: 'afterHours', hours: 24 },
    });
    expect(created).toMatchObject({
      status: 201,
      body: { conditions: { listId: 'alerts.shop.example' }, trigger: { kind: 'afterHours', hours: 24 } },
    });
    const { id: ruleId } = withId.parse(created.body);
    const { mailboxId } = automated.owner;
    await untilPasses(async () => {
      const { timedRules } = await Mailbox.findById(mailboxId, 'timedRules').orFail().lean();
      expect(timedRules).toMatchObject([{ ruleId }]);
    });
    const draft = { from: 'alerts@shop.example', headers: { 'List-Id': 'Alerts <alerts.shop.example>' } };
    const [opened, unopened] = [await arrived(draft), await arrived(draft)];
    automated.person.does.markRead(opened);
    await untilPasses(async () => {
      const state = await MessageState.findOne({ mailboxId, messageId: opened }).lean();
      expect(state?.automationOnRead).toBe('done');
    });

    // a day passes: in the store, both came a day ago, and the rule was last tried then
    const dayAgo = new Date(Date.now() - 24.1 * hourMs);
    await MessageState.updateMany({ messageId: isIn([opened, unopened]) }, { $set: { receivedAt: dayAgo } });
    await Mailbox.updateOne({ _id: mailboxId }, { $set: { 'timedRules.0.until': dayAgo, connectedAt: dayAgo } });
    await automated.browser.write('POST', `/api/rules/${ruleId}/enable`);

    await untilPasses(() => expect(folderOf(unopened)).toBe('Codes'));
    expect(folderOf(opened)).toBe('Inbox');
  });
});

describe('a rule of another moment', () => {
  it.each([[{ kind: 'afterHours' }], [{ kind: 'afterHours', hours: 9_000 }], [{ kind: 'onRead', hours: 1 }]])(
    'is refused with %o',
    async (trigger) => {
      const refused = await create({
        conditions: { senderEmail: 'a@b.example' },
        actions: [{ actionType: 'flag' }],
        trigger,
      });

      expect(refused.status).toBe(400);
    },
  );

  it('is changed to another, exported and replayed with it', async () => {
    const conditions = { subjectPrefix: '[announce]' };
    const actions = [{ actionType: 'flag' }];
    const { id } = withId.parse((await create({ conditions, actions })).body);
    const trigger = { kind: 'onRead' };

    const changed = await automated.browser.write('PATCH', `/api/rules/${id}`, { trigger });

    expect(changed).toMatchObject({ status: 200, body: { version: 2, trigger: { kind: 'onRead', hours: null } } });
    const mailboxId = automated.owner.mailboxId.toHexString();
    const exported = await automated.browser.once(`/api/rules/export?mailboxId=${mailboxId}`);
    expect(exported.body).toMatchObject({ rules: [{ conditions, trigger }] });
    const document = exported.body;
    const imported = await automated.browser.write('POST', '/api/rules/import', { mailboxId, document });
    expect(imported.body).toMatchObject({ created: [], skipped: [expect.stringContaining('[announce]')] });
    const replayed = await automated.browser.write('POST', '/api/rules/replay', {
      mailboxId,
      conditions,
      actions,
      trigger,
    });
    expect(replayed).toMatchObject({ status: 200, body: { matched: 0 } });
  });
});
