import { Redis } from 'ioredis';
import { Types } from 'mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { promoteMailboxJob } from '../../src/jobs/mailbox-jobs.ts';
import { registry } from '../../src/jobs/registry.ts';
import { dayMs } from '../../src/lib/durations.ts';
import { AuditLog, Mailbox, Rule, RuleRun, StagedEmail, User } from '../../src/models/index.ts';
import { buildPattern } from '../factories/pattern.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';
import { admin } from '../harness/connected-service.ts';
import { tracesInMongo, tracesInRedis } from '../harness/traces.ts';
import { untilPasses } from '../harness/until-passes.ts';

const spam = 'spam@shop.example';
const withId = z.looseObject({ id: z.string() });
const withPreview = z.looseObject({ preview: z.looseObject({ token: z.string() }) });

let automated: AutomatedMailbox;
beforeAll(async () => {
  automated = await startAutomatedMailbox(['Reading']);
});
afterEach(async () => {
  for (const { _id } of await Rule.find({ userId: automated.owner.userId }, '_id').lean())
    await send('DELETE', `/api/rules/${_id.toString()}`);
});
afterAll(() => automated[Symbol.asyncDispose]());

const inMailbox = (id: string) => automated.person.does.mailbox.get(id);
const folderOf = (id: string) => automated.person.does.mailbox.folders.get(inMailbox(id).folderId).displayName;
const mailboxPath = () => `/api/mailboxes/${automated.owner.mailboxId.toString()}`;

async function send(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) {
  const answer = await automated.browser.write(method, path, body);
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer;
}

/** Writes a rule of the mailbox, as its owner does. @returns its id */
async function write(conditions: object, ...actions: object[]): Promise<string> {
  const rule = { mailboxId: automated.owner.mailboxId.toString(), conditions, actions };
  return withId.parse((await send('POST', '/api/rules', rule)).body).id;
}

/** A message that rules have looked at. */
async function arrived(from: string, subject = 'Weekly'): Promise<string> {
  const { id } = automated.person.does.deliver({ from, subject });
  await automated.evaluated(id);
  return id;
}

/** A message that waits to be deleted. @returns its id, and that under which it waits */
async function staged(ruleId: string): Promise<{ readonly id: string; readonly stagedId: string }> {
  const id = await arrived(spam);
  const row = await StagedEmail.findOne({ messageId: id, ruleId, status: 'staged' }).lean().orFail();
  expect(folderOf(id)).toBe('MSEDB Staging');
  return { id, stagedId: row._id.toString() };
}

/** Has the mailbox looked after, and waits until that is done. */
async function runMaintenance(): Promise<void> {
  const queue = automated.it365.service.queue('staging-processor');
  const mailboxId = automated.owner.mailboxId.toString();
  await promoteMailboxJob({ queue, definition: registry['staging-processor'], mailboxId });
  await expect.poll(() => queue.getJobCountByTypes('active', 'waiting')).toBe(0);
}

const deleteSpam = () => write({ senderEmail: spam }, { actionType: 'delete' });

/** A suggestion to file the mail of a sender. @returns its path */
async function suggestion(senderEmail: string): Promise<string> {
  const { _id } = await buildPattern({
    ...automated.owner,
    status: 'suggested',
    suggestedAt: new Date(),
    condition: { senderEmail },
    suggestedAction: { actionType: 'move', toFolder: automated.folderId('Reading') },
  });
  return `/api/patterns/${_id.toString()}`;
}

/** One of each: staged, rescued, executed, undone, a run of a rule, and a rule for everybody. */
async function leaveTraces(): Promise<string> {
  const inboxMail = await arrived('old@letters.example');
  const ruleId = await deleteSpam();
  const [waiting, rescued, executed] = [await staged(ruleId), await staged(ruleId), await staged(ruleId)];
  await send('POST', `/api/staging/${rescued.stagedId}/rescue`);
  await send('POST', `/api/staging/${executed.stagedId}/execute`);
  const flags = await write({ senderEmail: 'old@letters.example' }, { actionType: 'flag' });
  const { body } = await send('POST', `/api/rules/${flags}/replay`, {});
  await send('POST', `/api/rules/${flags}/run`, { previewToken: withPreview.parse(body).preview.token });
  const isDone = { 'details.ruleId': flags, 'details.result': 'done' };
  const act = await untilPasses(() =>
    AuditLog.findOne({ targetId: inboxMail, ...isDone })
      .lean()
      .orFail(),
  );
  await send('POST', `/api/audit/${act._id.toString()}/undo`);
  await untilPasses(() => RuleRun.findOne({ ruleId: flags, status: 'done' }).lean().orFail());
  expect(await StagedEmail.distinct('messageId', { status: 'staged' })).toContain(waiting.id);
  const forAll = { scope: 'org', conditions: { senderDomain: 'org.example' }, actions: [{ actionType: 'flag' }] };
  return withId.parse((await send('POST', '/api/rules', forAll)).body).id;
}

describe('a rule with a sender and a subject', () => {
  it("leaves the sender's other mail untouched", async () => {
    const ruleId = await write({ senderEmail: spam, subjectContains: 'offer' }, { actionType: 'delete' });

    const offer = await arrived(spam, 'Our OFFER of the week');
    const invoice = await arrived(spam, 'Your invoice');
    const elsewhere = await arrived('friend@home.example', 'An offer');

    expect([offer, invoice, elsewhere].map(folderOf)).toEqual(['MSEDB Staging', 'Inbox', 'Inbox']);
    expect(inMailbox(invoice)).toMatchObject({ isRead: false, version: 1 });
    expect(await AuditLog.distinct('targetId', { 'details.ruleId': ruleId, targetType: 'email' })).toEqual([offer]);
  });
});

describe('rejecting one pattern', () => {
  it('changes no other rule, and what the others do goes on', async () => {
    const [one, other] = [await suggestion('one@letters.example'), await suggestion('other@letters.example')];
    for (const path of [one, other]) await send('POST', `${path}/approve`);
    const byHand = await write({ senderEmail: 'one@letters.example' }, { actionType: 'flag' });
    const isOfOne = { sourcePatternId: new Types.ObjectId(one.split('/').at(-1)) };
    const others = () =>
      Rule.find({ $nor: [isOfOne] })
        .sort({ _id: 1 })
        .lean();
    const before = await others();

    await send('POST', `${one}/withdraw`);
    await send('POST', `${one}/reject`, {});

    expect(before.map(({ _id }) => _id.toString())).toContain(byHand);
    expect(before).toHaveLength(2);
    expect(await others()).toEqual(before);
    expect(await Rule.findOne(isOfOne).lean()).toMatchObject({ isEnabled: false });
    const [ofOne, ofOther] = [await arrived('one@letters.example'), await arrived('other@letters.example')];
    expect([ofOne, ofOther].map(folderOf)).toEqual(['Inbox', 'Reading']);
    expect(inMailbox(ofOne).flag.flagStatus).toBe('flagged');
  });
});

describe('mail that waits to be deleted', () => {
  it('is put back by a rescue exactly as it was, and no rule comes back to it', async () => {
    const ruleId = await write(
      { senderEmail: spam },
      { actionType: 'markRead' },
      { actionType: 'categorize', category: 'Later' },
      { actionType: 'delete' },
    );
    const { id, stagedId } = await staged(ruleId);
    expect(inMailbox(id)).toMatchObject({ isRead: true, categories: ['Later'] });

    await send('POST', `/api/staging/${stagedId}/rescue`);
    await StagedEmail.updateMany({}, { $set: { expiresAt: new Date(Date.now() - dayMs) } });
    await runMaintenance();

    expect(folderOf(id)).toBe('Inbox');
    expect(inMailbox(id)).toMatchObject({ isRead: false, categories: [], flag: { flagStatus: 'notFlagged' } });
  });

  it.each([
    ['deleted', 'DELETE', ''],
    ['switched off', 'POST', '/disable'],
  ] as const)(
    'is put back when its rule is %s, and that of other rules goes on waiting',
    async (_how, method, path) => {
      const others = await write({ senderEmail: 'more@shop.example' }, { actionType: 'delete' });
      const ruleId = await deleteSpam();
      const mine = [await staged(ruleId), await staged(ruleId)];
      const theirs = await arrived('more@shop.example');

      await send(method, `/api/rules/${ruleId}${path}`, method === 'POST' ? {} : undefined);

      await untilPasses(() => {
        expect(mine.map(({ id }) => folderOf(id))).toEqual(['Inbox', 'Inbox']);
      });
      await expect.poll(() => StagedEmail.distinct('status', { ruleId })).toEqual(['rescued']);
      expect(folderOf(theirs)).toBe('MSEDB Staging');
      expect(await StagedEmail.distinct('status', { ruleId: others })).toEqual(['staged']);
    },
  );

  it.each(['user', 'mailbox'] as const)(
    'is not deleted while the %s is paused, and has its full time again afterwards',
    async (scope) => {
      const ruleId = await deleteSpam();
      const { id, stagedId } = await staged(ruleId);
      const path = scope === 'user' ? '/api/me/preferences' : `${mailboxPath()}/settings`;
      await send('PATCH', path, { automationPaused: true });
      await StagedEmail.updateOne({ _id: stagedId }, { $set: { expiresAt: new Date(Date.now() - dayMs) } });

      await runMaintenance();
      const refused = await automated.browser.write('POST', `/api/staging/${stagedId}/execute`);
      const resumedAt = Date.now();
      const placeWhilePaused = folderOf(id);
      await send('PATCH', path, { automationPaused: false });
      await runMaintenance();

      expect(refused).toMatchObject({ status: 409, body: { error: { code: 'automation_paused' } } });
      expect([placeWhilePaused, folderOf(id)]).toEqual(['MSEDB Staging', 'MSEDB Staging']);
      const row = await StagedEmail.findById(stagedId).lean().orFail();
      expect(row.status).toBe('staged');
      expect(row.expiresAt.getTime()).toBeGreaterThanOrEqual(resumedAt + dayMs);
    },
  );
});

describe('deleting an account after automation has run', () => {
  it("leaves nothing of it behind, and an admin's rules for everybody pass on to another admin", async () => {
    const { it365, owner, browser } = automated;
    it365.microsoft.people.add({ email: 'bea@contoso.example' });
    await send('POST', '/api/admin/users', { email: 'bea@contoso.example' });
    const bea = await it365.signedIn('bea@contoso.example');
    const { _id: beaId } = await User.findOne({ email: 'bea@contoso.example' }).lean().orFail();
    await send('PATCH', `/api/admin/users/${beaId.toString()}`, { role: 'admin' });
    const organizationRules = await leaveTraces();
    const texts = [owner.userId.toString(), owner.mailboxId.toString(), admin];
    const held = new Set((await tracesInMongo(texts)).map(({ collection }) => collection));
    expect([...held]).toEqual(expect.arrayContaining(['auditlogs', 'ruleruns', 'stagedemails', 'messagestates']));

    await send('DELETE', '/api/me');

    const redis = new Redis(it365.service.redis.port, '127.0.0.1');
    expect(await tracesInMongo(texts)).toEqual([]);
    expect(await tracesInRedis(redis, texts)).toEqual([]);
    redis.disconnect();
    expect((await browser.once('/auth/me')).status).toBe(401);
    expect(await Mailbox.distinct('email')).toEqual(['bea@contoso.example']);
    const passedOn = await bea.once(`/api/rules/${organizationRules}`);
    expect(passedOn).toMatchObject({ status: 200, body: { scope: 'org', isEnabled: true } });
    expect(await Rule.find({}).lean()).toMatchObject([{ userId: beaId, scope: 'org' }]);
  });
});
