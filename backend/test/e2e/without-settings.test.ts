import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dayMs } from '../../src/lib/durations.ts';
import { Mailbox } from '../../src/models/index.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { addJob } from '../harness/service.ts';

const suggestions = z.object({ items: z.array(z.unknown()) });
const mailboxes = z.object({
  items: z.array(
    z.looseObject({
      isConnected: z.boolean(),
      sync: z.object({ state: z.string() }),
      missingPermissions: z.array(z.object({ name: z.string() })).nullable(),
    }),
  ),
});
const onlyMail = { scope: 'User.Read Mail.ReadWrite', redirect_uri: 'http://localhost/', state: 's' };

/** In the directory an administrator has consented to mail alone, and nobody else may consent. */
describe('where only Mail.ReadWrite is consented to', () => {
  let it365: ConnectedService;
  beforeAll(async () => {
    it365 = await startConnectedService();
    const { microsoft } = it365;
    microsoft.signIn.nextAs(admin);
    const query = new URLSearchParams({ client_id: microsoft.clientId, ...onlyMail });
    await fetch(`${microsoft.loginUrl}/organizations/v2.0/adminconsent?${query.toString()}`, { redirect: 'manual' });
    microsoft.signIn.needsAdmin = true;
    fillMailbox(it365);
  });
  afterAll(() => it365[Symbol.asyncDispose]());

  it('everything else works: sign-in, the first reading, the analysis; rules in Outlook are not asked for', async () => {
    const rules = it365.microsoft.faults.add({ kind: 'slow', delayMs: 0, target: 'graph', path: '/messageRules' });
    const sent = it365.microsoft.faults.add({ kind: 'slow', delayMs: 0, target: 'graph', path: '/sentitems' });

    const browser = await it365.signedIn(admin);
    const suggested = async () => suggestions.parse((await browser.once('/api/patterns?status=suggested')).body).items;
    const mailbox = async () => mailboxes.parse((await browser.once('/api/mailboxes')).body).items[0];

    await expect.poll(async () => (await suggested()).length).toBe(1);
    expect(await mailbox()).toMatchObject({
      isConnected: true,
      sync: { state: 'current' },
      missingPermissions: [{ name: 'MailboxSettings.Read' }],
    });
    expect([rules(), sent() > 0]).toEqual([0, true]);
  });

  it('tokens are renewed without it', async () => {
    await it365.signedIn(admin);
    await Mailbox.updateOne({ email: admin }, { 'encryptedTokens.expiresAt': new Date(0) });

    await addJob(it365.service.queue('token-refresh'), 'token-refresh');

    const expiresAt = async () => (await mailboxRow()).encryptedTokens?.expiresAt?.getTime() ?? 0;
    await expect.poll(expiresAt).toBeGreaterThan(Date.now());
    expect(await mailboxRow()).toMatchObject({ isConnected: true });
  });

  it('the next sign-in takes it up once it is granted, and one that lost it alone goes on', async () => {
    const { microsoft } = it365;
    const person = microsoft.people.get(admin);
    microsoft.grants.consentForTenant(person.tid, ['User.Read', 'Mail.ReadWrite', 'MailboxSettings.Read']);
    await it365.signedIn(admin);
    expect((await mailboxRow()).grantedScopes).toContain('MailboxSettings.Read');

    microsoft.grants.withdraw(person, 'MailboxSettings.Read');
    await Mailbox.updateOne({ email: admin }, { 'encryptedTokens.expiresAt': new Date(0) });
    await addJob(it365.service.queue('token-refresh'), 'token-refresh');

    await expect.poll(async () => (await mailboxRow()).grantedScopes).not.toContain('MailboxSettings.Read');
    expect(await mailboxRow()).toMatchObject({ isConnected: true });
  });

  it('a further mailbox is connected for the person who asked, and keeps the address it goes on at', async () => {
    it365.microsoft.people.add({ email: 'team@contoso.example' });
    const browser = await it365.signedIn(admin);

    const { url, status } = await browser.connect('team@contoso.example');

    expect([new URL(url).pathname, status]).toEqual(['/api/mailboxes', 200]);
    expect(await Mailbox.findOne({ email: 'team@contoso.example' }).lean()).toMatchObject({ isConnected: true });
  });
});

const mailboxRow = () => Mailbox.findOne({ email: admin }).lean().orFail();

/** A habit of deleting what one sender writes, and mail that is left alone. */
function fillMailbox({ microsoft }: ConnectedService): void {
  const { does } = microsoft.people.get(admin);
  for (let index = 0; index < 56; index += 1) {
    const receivedAtMs = Date.now() - dayMs * (1.5 + index / 2);
    const from = index % 2 === 0 ? 'news@letters.example' : 'colleague@contoso.example';
    const { id } = does.deliver({ from, subject: `No. ${index}`, receivedAtMs });
    if (index % 2 === 0) does.delete(id);
  }
}
