import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayMs } from '../../../../src/lib/durations.ts';
import { AuditLog, Mailbox, MessageState, RuleRun } from '../../../../src/models/index.ts';
import { buildEmailEvent } from '../../../factories/email-event.ts';
import { buildMessageState } from '../../../factories/message-state.ts';
import { nextNumber } from '../../../factories/sequence.ts';
import { Accounts } from '../../../harness/accounts.ts';
import { type ConnectedService, startConnectedService } from '../../../harness/connected-service.ts';
import { field, ruleIdOf, writeRule } from '../../rules/rules-fixture.ts';
import { type Person, person } from '../../patterns/decisions/person.ts';

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

/** Stores a message that came into the inbox and rests there. @returns its id */
async function arrive(
  { userId, mailboxId }: Person,
  sender: string,
  fields: { restsIn?: string; daysAgo?: number } = {},
) {
  const { restsIn = 'inbox-id', daysAgo = 2 } = fields;
  const receivedAt = new Date(Date.now() - daysAgo * dayMs);
  const messageId = `resting-${nextNumber()}`;
  const owner = { userId, mailboxId, messageId };
  await buildMessageState({ ...owner, folderId: restsIn, receivedAt });
  await buildEmailEvent({
    ...owner,
    receivedAt,
    timestamp: receivedAt,
    subject: 'Hello',
    sender: { email: sender, domain: sender.slice(sender.indexOf('@') + 1) },
    toFolder: 'inbox-id',
  });
  return messageId;
}

describe('applying a rule to mail that is there already', () => {
  it('previews what it would change now, and leaves alone what rules leave alone', async () => {
    const ann = await person(accounts);
    const path = await writeRule(ann, { conditions: { subjectContains: 'hello' } });
    const older = await arrive(ann, 'news@example.com', { daysAgo: 5 });
    const newer = await arrive(ann, 'news@example.com', { daysAgo: 1 });
    await arrive(ann, 'news@example.com', { restsIn: 'reading-id' });
    await arrive(ann, 'a@safe.example');
    await Mailbox.updateOne({ _id: ann.mailboxId }, { $set: { 'settings.whitelistedDomains': ['safe.example'] } });
    const rescued = await arrive(ann, 'news@example.com');
    const undone = await arrive(ann, 'news@example.com');
    const placed = await arrive(ann, 'news@example.com');
    const { userId, mailboxId } = ann;
    const row = { userId, mailboxId, targetType: 'email' } as const;
    await AuditLog.create({ ...row, action: 'email_rescued', targetId: rescued });
    await AuditLog.create({ ...row, action: 'rule_executed', targetId: undone, undoneAt: new Date() });
    await buildEmailEvent({ userId, mailboxId, messageId: placed, eventType: 'moved', toFolder: 'inbox-id' });

    const { status, body } = await ann.browser.write('POST', `${path}/replay`);

    expect([status, body]).toMatchObject([
      200,
      {
        matched: expect.any(Number),
        preview: {
          messages: 2,
          sample: [
            { messageId: newer, sender: 'news@example.com', subject: 'Hello' },
            { messageId: older, receivedAt: expect.any(String) },
          ],
        },
      },
    ]);
    const token = field(field(body, 'preview'), 'token');
    expect(await RuleRun.findById(token).lean()).toMatchObject({
      status: 'previewed',
      messageIds: [newer, older],
      ruleVersion: 1,
    });
  });

  it('does not preview what is as the rule wants it', async () => {
    const ann = await person(accounts);
    const path = await writeRule(ann, { actions: [{ actionType: 'markRead' }] });
    const unread = await arrive(ann, 'news@example.com');
    const { userId, mailboxId } = ann;
    const read = await arrive(ann, 'news@example.com');
    await MessageState.updateOne({ userId, mailboxId, messageId: read }, { $set: { isRead: true } });

    const { body } = await ann.browser.write('POST', `${path}/replay`);

    expect(field(field(body, 'preview'), 'sample')).toMatchObject([{ messageId: unread }]);
  });

  it('is done once for a preview, shows how far it has come, and can be stopped', async () => {
    const ann = await person(accounts);
    await connect(ann);
    const path = await writeRule(ann, { actions: [{ actionType: 'flag' }] });
    await arrive(ann, 'news@example.com');
    const token = await preview(ann, path);

    const unknown = await ann.browser.write('POST', `${path}/run`, { previewToken: 'f'.repeat(24) });
    const answers = await Promise.all(
      [1, 2].map(() => ann.browser.write('POST', `${path}/run`, { previewToken: token })),
    );
    const progress = await ann.browser.once(`${path}/runs/${token}`);
    const stopped = await ann.browser.write('POST', `${path}/runs/${token}/stop`);

    expect(unknown.status).toBe(404);
    const [queued, refused] = answers.toSorted((one, two) => one.status - two.status);
    expect([queued?.status, refused?.status]).toEqual([202, 409]);
    expect(queued?.body).toMatchObject({ run: { id: token, total: 1, done: 0, acted: 0, left: 0, failed: 0 } });
    expect(refused?.body).toMatchObject({ error: { code: 'preview_void' } });
    expect(progress).toMatchObject({ status: 200, body: { id: token, total: 1 } });
    expect([200, 409]).toContain(stopped.status);
    expect(await AuditLog.find({ action: 'rule_run', targetId: ruleIdOf(path) }).lean()).toMatchObject([
      { _id: new Types.ObjectId(token), details: { messages: 1, ruleVersion: 1 } },
    ]);
  });

  it.each<[string, (ann: Person, path: string, token: string) => Promise<unknown>]>([
    ['has ended', (_ann, _path, token) => RuleRun.updateOne({ _id: token }, { $set: { previewEndsAt: new Date(0) } })],
    ['is not the newest', (ann, path) => preview(ann, path)],
    ['is of other words', (ann, path) => ann.browser.write('PATCH', path, { actions: [{ actionType: 'flag' }] })],
    ['is of a rule that is off', (ann, path) => ann.browser.write('POST', `${path}/disable`)],
  ])('needs another preview when this one %s', async (_what, spoil) => {
    const ann = await person(accounts);
    const path = await writeRule(ann);
    const token = await preview(ann, path);
    await connect(ann);
    await spoil(ann, path, token);

    const { status, body } = await ann.browser.write('POST', `${path}/run`, { previewToken: token });

    expect([status, body]).toMatchObject([409, { error: { code: 'preview_void' } }]);
    expect(await RuleRun.findById(token).lean()).toMatchObject({ status: 'previewed' });
  });

  it('is refused while the automation is paused', async () => {
    const ann = await person(accounts);
    const path = await writeRule(ann);
    const token = await preview(ann, path);
    await connect(ann);
    await Mailbox.updateOne({ _id: ann.mailboxId }, { $set: { 'settings.automationPaused': true } });

    const { status, body } = await ann.browser.write('POST', `${path}/run`, { previewToken: token });

    expect([status, body]).toMatchObject([409, { error: { code: 'automation_paused' } }]);
  });
});

/** The mailbox is connected as far as rules can tell; it is not due for a synchronization. */
async function connect({ mailboxId }: Person): Promise<void> {
  const nextSyncAt = new Date(Date.now() + dayMs);
  await Mailbox.updateOne({ _id: mailboxId }, { $set: { isConnected: true, nextSyncAt } });
}

async function preview({ browser }: Person, path: string): Promise<string> {
  const { body } = await browser.write('POST', `${path}/replay`);
  return String(field(field(body, 'preview'), 'token'));
}
