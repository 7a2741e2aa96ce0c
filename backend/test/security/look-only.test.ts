import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { dayMs } from '../../src/lib/durations.ts';
import { AuditLog, Mailbox, MessageState, Notification, Rule, StagedEmail } from '../../src/models/index.ts';
import { buildRule } from '../factories/rule.ts';
import type { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { countMailWrites } from '../harness/mail-writes.ts';
import { untilPasses } from '../harness/until-passes.ts';

const news = 'news@letters.example';
const suggestions = z.object({ items: z.array(z.object({ id: z.string() })) });
const refusal = z.object({
  error: z.object({
    code: z.string(),
    details: z.object({
      allow: z.object({ method: z.literal('POST'), path: z.string(), body: z.object({ access: z.string() }) }),
      signIn: z.string(),
    }),
  }),
});
const continued = z.object({ access: z.literal('act'), url: z.string() });

let it365: ConnectedService;
let browser: Browser;
let writes: () => number;
let mailboxId: string;
let patternPath: string;
beforeAll(async () => {
  it365 = await startConnectedService({ isNotified: true });
  const { does } = it365.microsoft.people.get(admin);
  for (let index = 0; index < 56; index += 1) {
    const receivedAtMs = Date.now() - dayMs * (1.5 + index / 2);
    const { id } = does.deliver({ from: index % 2 === 0 ? news : 'colleague@contoso.example', receivedAtMs });
    if (index % 2 === 0) does.delete(id);
  }
  writes = countMailWrites(it365.microsoft, admin);
  browser = it365.browser();
  await browser.signIn(admin, 'access=look');
  mailboxId = (await Mailbox.findOne({ email: admin }).lean().orFail())._id.toHexString();
});
afterAll(() => it365[Symbol.asyncDispose]());

const person = () => it365.microsoft.people.get(admin);
const folder = (name: string) => person().does.mailbox.folders.idByAnyName(name);
const accessOf = async () => {
  const { body } = await browser.once('/api/me/access');
  return z.object({ items: z.array(z.looseObject({ access: z.string() })) }).parse(body).items[0];
};
const noticesOf = (title: string) => Notification.countDocuments({ title });

/** Delivers a message, and waits until rules have looked at it. */
async function arrived(): Promise<string> {
  const { id } = person().does.deliver({ from: news, subject: 'Again' });
  await untilPasses(async () => {
    expect(await MessageState.findOne({ mailboxId, messageId: id }).lean()).toMatchObject({ automation: 'done' });
  });
  return id;
}

/** Has each scheduled job that could write run now. */
async function everyRound(): Promise<void> {
  for (const [name, job] of [
    ['staging-processor', 'process-staging'],
    ['pattern-analysis', 'analyze-patterns'],
    ['token-refresh', 'refresh-tokens'],
  ] as const) {
    const added = await it365.service.queue(name).add(job, {}, { attempts: 1 });
    await expect.poll(() => added.getState()).toMatch(/completed|failed/);
  }
}

it('observes, suggests and replays with Mail.ReadBasic alone', async () => {
  const suggested = async () => suggestions.parse((await browser.once('/api/patterns?status=suggested')).body).items;
  await expect.poll(async () => (await suggested()).length, { timeout: 15_000 }).toBe(1);
  patternPath = `/api/patterns/${(await suggested())[0]?.id}`;

  const replay = await browser.write('POST', `${patternPath}/replay`);
  const mailboxes = await browser.once('/api/mailboxes');

  expect([replay.status, replay.body]).toEqual([200, expect.objectContaining({ matched: 28 })]);
  expect(mailboxes.body).toMatchObject({ items: [{ access: 'look', isConnected: true }] });
  expect(await accessOf()).toMatchObject({
    access: 'look',
    mayChangeMail: false,
    refusedBy: 'microsoft',
    grantedScopes: expect.arrayContaining(['User.Read', 'Mail.ReadBasic']),
    asked: [{ scope: 'User.Read' }, { scope: 'Mail.ReadBasic' }],
  });
  expect((await Mailbox.findById(mailboxId).lean())?.grantedScopes).not.toContain('Mail.ReadWrite');
});

it('refuses what would change mail, says where to allow it, and leaves everything as it was', async () => {
  const rule = {
    mailboxId,
    scope: 'user',
    conditions: { senderEmail: news },
    actions: [{ actionType: 'delete' }],
  };
  const refused = [
    await browser.write('POST', `${patternPath}/approve`, {}),
    await browser.write('POST', `${patternPath}/customize`, { name: 'Mine' }),
    await browser.write('POST', '/api/rules', rule),
  ];
  const bulk = await browser.write('POST', '/api/patterns/bulk', {
    decision: 'approve',
    ids: [patternPath.slice('/api/patterns/'.length)],
  });
  const disabled = await browser.write('POST', '/api/rules', { ...rule, isEnabled: false });
  const { id } = z.object({ id: z.string() }).parse(disabled.body);
  refused.push(await browser.write('POST', `/api/rules/${id}/enable`, {}));
  await browser.write('DELETE', `/api/rules/${id}`);

  for (const { status, body } of refused) {
    expect([status, refusal.parse(body).error]).toEqual([
      409,
      {
        code: 'write_access_needed',
        details: {
          allow: { method: 'POST', path: `/api/mailboxes/${mailboxId}/access`, body: { access: 'act' } },
          signIn: '/auth/login?access=act',
        },
      },
    ]);
  }
  expect(bulk.body).toMatchObject({ results: [{ ok: false, code: 'write_access_needed' }] });
  expect(await browser.once(patternPath)).toMatchObject({ body: { status: 'suggested' } });
  expect(await Rule.countDocuments({ mailboxId })).toBe(0);
});

it('sends no request that changes mail, even for a rule that is enabled all the same', async () => {
  const { _id, userId } = await Mailbox.findById(mailboxId).lean().orFail();
  const rule = await buildRule({
    userId,
    mailboxId: _id,
    conditions: { senderEmail: news },
    actions: [{ actionType: 'markRead' }],
  });
  const id = await arrived();
  await everyRound();

  expect(writes()).toBe(0);
  expect(person().mailbox.get(id)).toMatchObject({ folderId: folder('inbox'), isRead: false });
  expect(await browser.once(`/api/rules/${rule._id.toString()}`)).toMatchObject({
    body: { isEnabled: true, suspensions: [{ mailboxId, code: 'look_only' }] },
  });
  await Rule.deleteOne({ _id: rule._id });
});

it('goes on where it was after an incremental consent', async () => {
  const { allow } = refusal.parse((await browser.write('POST', `${patternPath}/approve`, {})).body).error.details;
  const returnTo = `${patternPath}?do=approve`;

  const { body } = await browser.write(allow.method, allow.path, { ...allow.body, returnTo });
  const { url } = continued.parse(body);
  const landed = await browser.visit(url);
  const approved = await browser.write('POST', `${patternPath}/approve`, {});

  expect(new URL(url).searchParams.get('scope')).toContain('Mail.ReadWrite');
  expect(landed.url).toBe(`${it365.url}${returnTo}`);
  expect([approved.status, approved.body]).toEqual([200, expect.objectContaining({ status: 'approved' })]);
  expect(await accessOf()).toMatchObject({ access: 'act', mayChangeMail: true, refusedBy: null });
  const id = await arrived();
  expect(person().mailbox.get(id).folderId).toBe(folder('MSEDB Staging'));
  expect(writes()).toBeGreaterThan(0);
});

it('only looks again in one step: staged mail is put back, rules are suspended, and it is told once', async () => {
  const waiting = await StagedEmail.findOne({ mailboxId, status: 'staged' }).lean().orFail();

  const { status, body } = await browser.write('POST', `/api/mailboxes/${mailboxId}/access`, { access: 'look' });
  const again = await browser.write('POST', `/api/mailboxes/${mailboxId}/access`, { access: 'look' });

  expect([status, body]).toEqual([
    200,
    expect.objectContaining({ access: 'look', left: 0, mailbox: expect.objectContaining({ mayChangeMail: false }) }),
  ]);
  expect(again.status).toBe(200);
  expect(person().mailbox.get(waiting.messageId).folderId).toBe(folder('inbox'));
  expect(await StagedEmail.findById(waiting._id).lean()).toMatchObject({
    status: 'rescued',
    rescueReason: 'look_only',
  });
  expect(await AuditLog.find({ mailboxId, action: 'mailbox_access_changed' }).sort({ _id: 1 }).lean()).toMatchObject([
    { details: { from: 'look', to: 'act' } },
    { details: { from: 'act', to: 'look', rules: 1 } },
  ]);
  expect([await noticesOf('MSEDB only looks'), await noticesOf('MSEDB acts again')]).toEqual([1, 1]);
});

it('changes nothing from then on, and asks Microsoft for a token that only looks', async () => {
  const before = writes();
  const id = await arrived();
  await everyRound();
  const rules = await browser.once(`/api/rules?mailboxId=${mailboxId}`);
  const rescue = await browser.write('POST', '/api/staging/rescue', {
    ids: [(await StagedEmail.findOne({ mailboxId }).lean().orFail())._id.toHexString()],
  });
  const undone = await AuditLog.findOne({ mailboxId, action: 'email_staged' }).lean().orFail();
  const undo = await browser.write('POST', `/api/audit/${undone._id.toHexString()}/undo`, {});

  expect(writes()).toBe(before);
  expect(person().mailbox.get(id).folderId).toBe(folder('inbox'));
  expect(rules.body).toMatchObject({
    items: [
      { isEnabled: true, suspendedReason: expect.stringContaining('only looks'), suspensions: [{ code: 'look_only' }] },
    ],
  });
  expect(rescue.status).toBe(200);
  expect(undo).toMatchObject({
    status: 409,
    body: { error: { code: expect.stringMatching(/write_access|not_undo|already/) } },
  });
  await untilPasses(async () => {
    expect(await accessOf()).toMatchObject({ access: 'look', refusedBy: 'microsoft' });
  });
});

it('lets rules go on when the person signs in to act', async () => {
  await browser.signIn(admin, 'access=act');

  const id = await arrived();
  const rules = await browser.once(`/api/rules?mailboxId=${mailboxId}`);

  expect(person().mailbox.get(id).folderId).toBe(folder('MSEDB Staging'));
  expect(rules.body).toMatchObject({ items: [{ isEnabled: true, suspendedReason: null, suspensions: [] }] });
});

it('keeps the choice at a sign-in that does not name one', async () => {
  await browser.write('POST', `/api/mailboxes/${mailboxId}/access`, { access: 'look' });
  const before = writes();

  await it365.browser().signIn(admin);
  await arrived();

  expect(await accessOf()).toMatchObject({ access: 'look', mayChangeMail: false });
  expect(writes()).toBe(before);
});

it('connects no other mailbox in place of the one that was to act', async () => {
  it365.microsoft.people.add({ email: 'other@contoso.example', name: 'Other' });
  const { body } = await browser.write('POST', `/api/mailboxes/${mailboxId}/access`, { access: 'act' });
  it365.microsoft.signIn.nextAs('other@contoso.example');

  const landed = await browser.visit(continued.parse(body).url);

  expect(landed).toMatchObject({ status: 409, body: { error: { code: 'other_account' } } });
  expect(await Mailbox.countDocuments({})).toBe(1);
});

it('leads nobody to another host after the consent', async () => {
  const { status, body } = await browser.write('POST', `/api/mailboxes/${mailboxId}/access`, {
    access: 'act',
    returnTo: '//evil.example/',
  });

  expect([status, body]).toMatchObject([400, { error: { code: 'invalid_return_to' } }]);
});
