import { afterEach, expect, it } from 'vitest';
import { createLogger } from '../../src/lib/logger.ts';
import { Mailbox, Notification, StagedEmail } from '../../src/models/index.ts';
import { type Runtime, startRuntime } from '../../src/composition/runtime.ts';
import { type AutomatedMailbox, startAutomatedMailbox } from '../harness/automated-mailbox.ts';

let automated: AutomatedMailbox | undefined;
let restarted: Runtime | undefined;
afterEach(async () => {
  await restarted?.stop();
  await automated?.[Symbol.asyncDispose]();
});

/** Stages a message, and starts the service anew with MAIL_ACCESS=look-only. */
async function restartLooking(before: (used: AutomatedMailbox) => Promise<void> = async () => undefined) {
  const used = await startAutomatedMailbox();
  automated = used;
  await used.rule({ conditions: { senderEmail: 'spam@shop.example' }, actions: [{ actionType: 'delete' }] });
  const { id: messageId } = used.person.does.deliver({ from: 'spam@shop.example' });
  await used.evaluated(messageId);
  expect(used.person.mailbox.get(messageId).folderId).toBe(used.folderId('MSEDB Staging'));
  await before(used);
  const { config, runtime } = used.it365.service;
  await runtime.stop();
  restarted = await startRuntime({
    config: { ...config, mailAccess: 'look-only' },
    logger: createLogger({ level: 'error', style: 'readable' }),
    signal: new AbortController().signal,
  });
  const folderOf = (id: string) => used.person.mailbox.get(id).folderId;
  const named = (name: string) => used.folderId(name);
  return { owner: used.owner, messageId, folderOf, named };
}

const noticesOf = (title: string) => Notification.find({ title }).lean();

it('puts staged mail back before it looks only, and tells the owner once', async () => {
  const { folderOf, named, messageId, owner } = await restartLooking();

  expect(await Mailbox.findById(owner.mailboxId).lean()).toMatchObject({ access: 'look' });
  expect(folderOf(messageId)).toBe(named('inbox'));
  expect(await StagedEmail.findOne({ messageId }).lean()).toMatchObject({
    status: 'rescued',
    rescueReason: 'look_only',
  });
  const [notice, ...others] = await noticesOf('MSEDB only looks');
  expect(others).toEqual([]);
  expect(notice).toMatchObject({ priority: 'normal', message: expect.not.stringContaining('MSEDB Staging') });
});

it('looks only all the same where mail cannot be put back, and says how much stays', async () => {
  const { folderOf, named, messageId, owner } = await restartLooking(async ({ it365 }) => {
    it365.microsoft.faults.add({ kind: 503, method: 'POST', mailbox: 'ada@contoso.example' });
  });

  expect(await Mailbox.findById(owner.mailboxId).lean()).toMatchObject({ access: 'look' });
  expect(folderOf(messageId)).toBe(named('MSEDB Staging'));
  expect(await noticesOf('MSEDB only looks')).toMatchObject([
    { priority: 'high', message: expect.stringContaining('without being deleted: 1.') },
  ]);
});
