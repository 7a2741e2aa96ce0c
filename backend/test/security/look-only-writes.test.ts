import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hourMs } from '../../src/lib/durations.ts';
import { AuditLog, StagedEmail } from '../../src/models/index.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';
import { admin } from '../harness/connected-service.ts';
import { countMailWrites } from '../harness/mail-writes.ts';
import { untilPasses } from '../harness/until-passes.ts';

const spam = 'spam@shop.example';
const other = 'other@shop.example';
const previewed = z.object({ preview: z.object({ token: z.string() }) });

let automated: AutomatedMailbox;
let writes: () => number;
let accessPath: string;
let rulePath: string;
/** Waits in the staging folder, for the kill switch was on when MSEDB was told to look only. */
let waiting: { readonly id: string; readonly messageId: string };
/** The same, of a rule that stays enabled. */
let postponed: { readonly id: string; readonly messageId: string };
let executedAct: string;
let previewToken: string;
let looking: { readonly status: number; readonly body: unknown };
beforeAll(async () => {
  automated = await startAutomatedMailbox();
  const { owner, browser, it365 } = automated;
  const rule = await automated.rule({ conditions: { senderEmail: spam }, actions: [{ actionType: 'delete' }] });
  rulePath = `/api/rules/${rule._id.toHexString()}`;
  accessPath = `/api/mailboxes/${owner.mailboxId.toHexString()}/access`;
  const executed = await staged();
  await browser.write('POST', `/api/staging/${executed.id}/execute`);
  const act = await AuditLog.findOne({ action: 'email_executed', undoable: true }).lean().orFail();
  executedAct = act._id.toHexString();
  waiting = await staged();
  await automated.rule({ conditions: { senderEmail: other }, actions: [{ actionType: 'delete' }] });
  postponed = await staged(other);
  previewToken = previewed.parse((await browser.write('POST', `${rulePath}/replay`, {})).body).preview.token;
  await setPaused(true);
  looking = await browser.write('POST', accessPath, { access: 'look' });
  await setPaused(false);
  writes = countMailWrites(it365.microsoft, admin);
});
afterAll(() => automated[Symbol.asyncDispose]());

async function staged(from = spam) {
  const { id: messageId } = automated.person.does.deliver({ from });
  await automated.evaluated(messageId);
  const row = await StagedEmail.findOne({ messageId, status: 'staged' }).lean().orFail();
  return { id: row._id.toHexString(), messageId };
}

async function setPaused(automationPaused: boolean): Promise<void> {
  const path = `/api/mailboxes/${automated.owner.mailboxId.toHexString()}/settings`;
  expect((await automated.browser.write('PATCH', path, { automationPaused })).status).toBe(200);
}

/** Has the scheduled job run now. */
async function maintenance(): Promise<void> {
  const job = await automated.it365.service.queue('staging-processor').add('process-staging', {}, { attempts: 1 });
  await expect.poll(() => job.getState()).toBe('completed');
}

const folderOf = (messageId: string) => automated.person.mailbox.get(messageId).folderId;
const staging = () => automated.folderId('MSEDB Staging');

it('tells how much staged mail could not be put back when MSEDB looks only', () => {
  expect(looking).toMatchObject({ status: 200, body: { left: 2 } });
  expect(folderOf(waiting.messageId)).toBe(staging());
});

describe('while MSEDB only looks', () => {
  it.each([
    ['rescuing', () => ({ path: `/api/staging/${waiting.id}/rescue` })],
    ['deleting now', () => ({ path: `/api/staging/${waiting.id}/execute` })],
    ['undoing', () => ({ path: `/api/audit/${executedAct}/undo`, given: {} })],
    ['running a rule on existing mail', () => ({ path: `${rulePath}/run`, given: { previewToken } })],
  ])('%s is refused with the way to allow it', async (_what, request: () => { path: string; given?: object }) => {
    const { path, given } = request();
    const { status, body } = await automated.browser.write('POST', path, given);

    expect([status, body]).toMatchObject([
      409,
      { error: { code: 'write_access_needed', details: { allow: { path: accessPath } } } },
    ]);
    expect(writes()).toBe(0);
  });

  it('many at once are refused one by one', async () => {
    const { body } = await automated.browser.write('POST', '/api/staging/rescue', { ids: [waiting.id] });

    expect(body).toMatchObject({ results: [{ ok: false, error: { code: 'write_access_needed' } }] });
    expect(await StagedEmail.findById(waiting.id).lean()).toMatchObject({ status: 'staged' });
  });

  it('mail that is due stays where it is, and so does that of a rule that is switched off', async () => {
    const due = { $set: { expiresAt: new Date(0), stagedAt: new Date(0) } };
    for (const { id } of [waiting, postponed]) await StagedEmail.updateOne({ _id: id }, due);
    await maintenance();
    await automated.browser.write('POST', `${rulePath}/disable`, {});
    await maintenance();

    expect(writes()).toBe(0);
    expect(folderOf(waiting.messageId)).toBe(staging());
  });

  it('what was postponed is done once MSEDB may act again', async () => {
    await automated.browser.signIn(admin, 'access=act');
    await maintenance();

    await untilPasses(async () => {
      const row = await StagedEmail.findById(waiting.id).lean();
      expect(row).toMatchObject({ status: 'rescued', rescueReason: 'rule_off' });
    });
    expect(folderOf(waiting.messageId)).toBe(automated.folderId('inbox'));
    expect(writes()).toBeGreaterThan(0);
  });

  it('mail that became due meanwhile gets its full time again', async () => {
    const { status, expiresAt } = await StagedEmail.findById(postponed.id).lean().orFail();

    expect(status).toBe('staged');
    expect(expiresAt.getTime()).toBeGreaterThan(Date.now() + 23 * hourMs);
    expect(folderOf(postponed.messageId)).toBe(staging());
  });
});
