import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Mailbox, Pattern, Rule, StagedEmail } from '../../src/models/index.ts';
import { buildStagedEmail } from '../factories/staged-email.ts';
import { Accounts } from '../harness/accounts.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import {
  archive,
  auditOfRule,
  field,
  move,
  namesOf,
  news,
  ruleIdOf,
  writeRule,
} from '../integration/rules/rules-fixture.ts';
import { idOf, person } from '../integration/patterns/decisions/person.ts';

let it365: ConnectedService;
let accounts: Accounts;
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

describe('a rule', () => {
  it('is written, read, changed and deleted, and each of it is in the audit log', async () => {
    const ann = await person(accounts);

    const made = await ann.browser.write('POST', '/api/rules', {
      mailboxId: ann.mailboxId,
      conditions: { senderEmail: ' News@Example.com ', subjectContains: 'Offer' },
      actions: [{ actionType: 'markRead' }, move, { actionType: 'categorize', category: 'A' }],
    });
    const path = `/api/rules/${String(field(made.body, 'id'))}`;
    const changed = await ann.browser.write('PATCH', path, { actions: [archive] });
    const renamed = await ann.browser.write('PATCH', path, { name: 'Mine' });
    const again = await ann.browser.write('PATCH', path, { name: 'Mine' });
    const read = await ann.browser.once(path);
    const deleted = await ann.browser.write('DELETE', path);

    expect([made.status, made.body]).toMatchObject([
      201,
      {
        scope: 'user',
        mailboxId: ann.mailboxId.toString(),
        name: 'Move mail of news@example.com with “Offer” in its subject to Reading',
        isEnabled: true,
        version: 1,
        conditions: { senderEmail: 'news@example.com', subjectContains: 'Offer', fromFolder: null },
        actions: [
          { actionType: 'markRead' },
          { actionType: 'move', toFolder: { id: 'reading-id', name: 'Reading' } },
          { actionType: 'categorize', category: 'A' },
        ],
        patternId: null,
        stats: { executions: 0, emails: 0, lastExecutedAt: null },
      },
    ]);
    expect(changed.body).toMatchObject({
      version: 2,
      name: 'Archive mail of news@example.com with “Offer” in its subject',
      actions: [{ actionType: 'archive', toFolder: null, category: null }],
    });
    expect(renamed.body).toMatchObject({ version: 3, name: 'Mine' });
    expect([again.body, read.body]).toEqual([renamed.body, renamed.body]);
    expect([deleted.status, (await ann.browser.once(path)).status]).toEqual([204, 404]);
    const rows = await auditOfRule(path);
    expect(rows.map(({ action, userId, openSince }) => [action, userId, openSince])).toEqual(
      ['rule_created', 'rule_updated', 'rule_updated', 'rule_deleted'].map((action) => [action, ann.userId, undefined]),
    );
    expect(rows[1]?.details).toMatchObject({
      by: 'owner',
      before: { actions: [{ actionType: 'markRead' }, move, { category: 'A' }], version: 1 },
      after: { actions: [archive], version: 2 },
    });
    expect(rows[3]?.details).toMatchObject({ before: { name: 'Mine' }, after: null });
  });

  it("is its owner's alone, and needs the token of a page of ours", async () => {
    const [ben, cleo] = [await person(accounts), await person(accounts)];
    const path = await writeRule(ben);
    const before = await Rule.findById(ruleIdOf(path)).lean();
    const attempts = [
      ['PATCH', path, { name: 'Yours' }],
      ['DELETE', path, undefined],
      ['POST', `${path}/enable`, undefined],
      ['POST', `${path}/disable`, undefined],
      ['POST', `${path}/replay`, undefined],
      ['POST', `${path}/run`, { previewToken: 'f'.repeat(24) }],
      ['POST', '/api/rules', { mailboxId: ben.mailboxId, conditions: news, actions: [archive] }],
      ['POST', '/api/rules/reorder', { mailboxId: ben.mailboxId, ruleIds: [ruleIdOf(path)] }],
    ] as const;

    const refused = [];
    for (const [method, url, body] of attempts) {
      refused.push([
        (await cleo.browser.write(method, url, body)).status,
        (await ben.browser.once(url, { method })).status,
      ]);
    }

    expect(refused).toEqual(attempts.map(() => [404, 403]));
    expect((await cleo.browser.once(path)).status).toBe(404);
    expect((await cleo.browser.once(`/api/rules?mailboxId=${ben.mailboxId.toString()}`)).status).toBe(404);
    expect((await cleo.browser.once(`/api/rules/export?mailboxId=${ben.mailboxId.toString()}`)).status).toBe(404);
    expect(await Rule.findById(ruleIdOf(path)).lean()).toEqual(before);
  });
});

describe('the order of rules', () => {
  it('is that in which they were written, until they are put in another one', async () => {
    const ann = await person(accounts);
    const ids = [];
    for (const name of ['one', 'two', 'three']) ids.push(ruleIdOf(await writeRule(ann, { name })));
    const [one = '', two = '', three = ''] = ids;
    const before = await namesOf(ann.browser, `?mailboxId=${ann.mailboxId.toString()}`);
    const order = (ruleIds: unknown) =>
      ann.browser.write('POST', '/api/rules/reorder', { mailboxId: ann.mailboxId, ruleIds });

    const reordered = await order([three, one, two]);
    await writeRule(ann, { name: 'four' });
    const refused = [await order([one, two]), await order([one, one, two, three, 'f'.repeat(24)]), await order('x')];

    expect(before).toEqual(['one', 'two', 'three']);
    expect(reordered).toMatchObject({ status: 200, body: { items: [{ id: three }, { id: one }, { id: two }] } });
    expect(await namesOf(ann.browser)).toEqual(['three', 'one', 'two', 'four']);
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(field(field(refused[0]?.body, 'error'), 'message')).toMatch(new RegExp(`missing: ${three}, [0-9a-f]{24}$`));
    expect(field(field(refused[1]?.body, 'error'), 'message')).toMatch(
      /missing: .*not a rule .*f{24}; named more than/,
    );
    const rows = await AuditLog.find({ userId: ann.userId, action: 'rules_reordered' }).lean();
    expect(rows).toMatchObject([{ details: { before: [one, two, three], after: [three, one, two] } }]);
    expect(rows[0]).not.toHaveProperty('openSince');
    expect(await Mailbox.findById(ann.mailboxId).lean()).not.toHaveProperty('ruleOrder');
  });
});

describe('switching a rule off', () => {
  it('takes back what it has staged, and only that; on again it is in force under a new version', async () => {
    const ann = await person(accounts);
    const [path, other] = [await writeRule(ann), await writeRule(ann)];
    const owner = { userId: ann.userId, mailboxId: ann.mailboxId };
    const ruleId = new Types.ObjectId(ruleIdOf(path));
    const staged = await buildStagedEmail({ ...owner, ruleId, nextTryAt: new Date() });
    const executed = await buildStagedEmail({ ...owner, ruleId, status: 'executed' });
    const others = await buildStagedEmail({ ...owner, ruleId: new Types.ObjectId(ruleIdOf(other)) });

    const off = await ann.browser.write('POST', `${path}/disable`);
    const offAgain = await ann.browser.write('POST', `${path}/disable`);
    const on = await ann.browser.write('POST', `${path}/enable`);

    expect(off).toMatchObject({ status: 200, body: { isEnabled: false, version: 2 } });
    expect(offAgain.body).toEqual(off.body);
    expect(on).toMatchObject({ status: 200, body: { isEnabled: true, version: 3 } });
    const statuses = [staged, executed, others].map(async ({ _id }) => StagedEmail.findById(_id).lean());
    const [one, two, three] = await Promise.all(statuses);
    expect([one?.status, one?.rescueReason, one?.nextTryAt]).toEqual(['rescuing', 'rule_off', undefined]);
    expect([two?.status, three?.status]).toEqual(['executed', 'staged']);
    const rows = await auditOfRule(path);
    expect(rows.map(({ details }) => details?.['why'])).toEqual([
      'Written by hand',
      'Switched off by hand',
      'Switched on by hand',
    ]);
  });

  it('by deleting it takes its staged mail back, and withdraws the approval of its pattern', async () => {
    const ann = await person(accounts);
    const pattern = await ann.suggestion();
    const approved = await ann.browser.write('POST', `${pattern}/approve`);
    const path = `/api/rules/${String(field(field(approved.body, 'rule'), 'id'))}`;
    const ruleId = new Types.ObjectId(ruleIdOf(path));
    const { _id } = await buildStagedEmail({ userId: ann.userId, mailboxId: ann.mailboxId, ruleId });

    const { status } = await ann.browser.write('DELETE', path);
    const after = await ann.browser.once(pattern);
    await ann.browser.write('POST', `${pattern}/reject`);

    expect(status).toBe(204);
    expect(after.body).toMatchObject({ status: 'suggested', rule: null });
    expect(await StagedEmail.findById(_id).lean()).toMatchObject({ status: 'rescuing', rescueReason: 'rule_off' });
    expect(await Rule.countDocuments({ userId: ann.userId })).toBe(0);
  });

  it('leaves its pattern approved; a suspended one is approved anew when it is switched on again', async () => {
    const ann = await person(accounts);
    const pattern = await ann.suggestion();
    const approved = await ann.browser.write('POST', `${pattern}/approve`);
    const path = `/api/rules/${String(field(field(approved.body, 'rule'), 'id'))}`;
    await ann.browser.write('POST', `${path}/disable`);
    const whileOff = await ann.browser.once(pattern);
    await ann.browser.write('PATCH', path, { name: 'Mine', actions: [archive, { actionType: 'flag' }] });
    const suspended = { suspendedAt: new Date(), suspendedReason: 'you reversed it' };
    await Rule.updateOne({ _id: ruleIdOf(path) }, { $set: suspended, $inc: { version: 1 } });
    await Pattern.updateOne({ _id: idOf(pattern) }, { $set: { status: 'detected' }, $unset: { approvedAt: 1 } });

    const { status, body } = await ann.browser.write('POST', `${path}/enable`);

    expect(whileOff.body).toMatchObject({ status: 'approved', rule: { isEnabled: false } });
    expect([status, body]).toMatchObject([
      200,
      {
        isEnabled: true,
        name: 'Mine',
        actions: [{ actionType: 'archive' }, { actionType: 'flag' }],
        suspendedAt: null,
        suspendedReason: null,
      },
    ]);
    const row = await Pattern.findById(idOf(pattern)).lean();
    expect(row?.status).toBe('approved');
    expect(Number(row?.approvedAt)).toBeGreaterThanOrEqual(suspended.suspendedAt.getTime());
    const last = await AuditLog.findOne({ targetType: 'pattern', targetId: idOf(pattern) })
      .sort({ createdAt: -1 })
      .lean();
    expect(last).toMatchObject({
      action: 'pattern_approved',
      details: { why: 'The owner enabled its rule again', from: 'detected' },
    });
  });
});

describe('a rule of the organization', () => {
  it('is made, ordered and changed by admins, and seen by everybody after their own', async () => {
    const ada = await it365.signedIn(admin);
    const ann = await person(accounts);
    await writeRule(ann, { name: 'own' });
    const rule = { scope: 'org', conditions: { senderDomain: 'spam.example' }, actions: [{ actionType: 'delete' }] };

    const first = await ada.write('POST', '/api/rules', rule);
    const second = await ada.write('POST', '/api/rules', { ...rule, name: 'second' });
    const ids = [second, first].map(({ body }) => String(field(body, 'id')));
    const ordered = await ada.write('POST', '/api/rules/reorder', { scope: 'org', ruleIds: ids });
    const path = `/api/rules/${ids[1] ?? ''}`;
    const tries = [
      await ann.browser.write('POST', '/api/rules', rule),
      await ann.browser.write('PATCH', path, { name: 'Mine' }),
      await ann.browser.write('POST', `${path}/disable`),
      await ann.browser.write('DELETE', path),
      await ann.browser.write('POST', '/api/rules/reorder', { scope: 'org', ruleIds: ids }),
    ];
    const seen = await namesOf(ann.browser);
    const changed = await ada.write('PATCH', path, { actions: [{ actionType: 'flag' }] });

    expect([first.status, first.body]).toMatchObject([
      201,
      { scope: 'org', mailboxId: null, name: 'Delete mail of spam.example' },
    ]);
    expect(ordered).toMatchObject({ status: 200, body: { items: [{ name: 'second' }, { id: ids[1] }] } });
    expect(tries.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect((await ann.browser.once(path)).status).toBe(200);
    expect(seen).toEqual(['own', 'second', 'Delete mail of spam.example']);
    expect(changed).toMatchObject({ status: 200, body: { version: 2, name: 'Flag mail of spam.example' } });
    for (const id of ids) expect((await ada.write('DELETE', `/api/rules/${id}`)).status).toBe(204);
  });

  it.each<[string, object]>([['a mailbox', { mailboxId: 'f'.repeat(24) }]])('has no %s', async (_what, fields) => {
    const ada = await it365.signedIn(admin);
    const rule = { scope: 'org', conditions: news, actions: [archive], ...fields };

    expect((await ada.write('POST', '/api/rules', rule)).status).toBe(400);
    expect(await Rule.countDocuments({ scope: 'org' })).toBe(0);
  });
});
