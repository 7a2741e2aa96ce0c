import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mailbox, StagedEmail } from '../../src/models/index.ts';
import { buildUser } from '../factories/user.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';
import { admin } from '../harness/connected-service.ts';

const spam = 'spam@shop.example';

let automated: AutomatedMailbox;
beforeAll(async () => {
  automated = await startAutomatedMailbox();
  await automated.rule({ conditions: { senderEmail: spam }, actions: [{ actionType: 'delete' }] });
});
afterAll(() => automated[Symbol.asyncDispose]());

const folderOf = (messageId: string) => automated.person.mailbox.get(messageId).folderId;
const mailboxPath = () => `/api/mailboxes/${automated.owner.mailboxId.toHexString()}`;

async function staged(): Promise<string> {
  const { id } = automated.person.does.deliver({ from: spam, subject: 'Offer' });
  await automated.evaluated(id);
  expect(await StagedEmail.findOne({ messageId: id }).lean()).toMatchObject({ status: 'staged' });
  return id;
}

describe('mail that waits to be deleted', () => {
  it('is back where it was when its mailbox is disconnected, and the history says why', async () => {
    const id = await staged();

    const { status } = await automated.browser.write('DELETE', mailboxPath());

    expect(status).toBe(204);
    expect(folderOf(id)).toBe(automated.folderId('inbox'));
    expect(await Mailbox.findById(automated.owner.mailboxId).lean()).toMatchObject({ isConnected: false });
    const { body } = await automated.browser.once('/api/audit?action=email_rescued');
    expect(body).toMatchObject({
      items: [{ target: { id }, result: 'done', why: expect.stringContaining('disconnected') }],
    });
  });

  it('is back where it was when the account is deleted', async () => {
    await buildUser({ role: 'admin' }); // the last one may not go
    await automated.browser.connect(admin);
    const id = await staged();

    const { status } = await automated.browser.write('DELETE', '/api/me');

    expect(status).toBe(204);
    expect(folderOf(id)).toBe(automated.folderId('inbox'));
    expect(await Mailbox.countDocuments({})).toBe(0);
  });
});
