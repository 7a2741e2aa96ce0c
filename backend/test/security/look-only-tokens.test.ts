import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '../../emulator/options.ts';
import type { Config } from '../../src/config/env.ts';
import { AuditLog, Mailbox, Notification } from '../../src/models/index.ts';
import { lookAtAll } from '../../src/auth/consent/mail-access.ts';
import { neverAsked, permissions } from '../../src/auth/consent/permissions.ts';
import type { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';
import { countMailWrites } from '../harness/mail-writes.ts';

interface Start {
  readonly tokenScopes?: 'asked' | 'consented';
  readonly mailAccess?: Config['mailAccess'];
}

let it365: ConnectedService | undefined;
let browser: Browser;
beforeEach(() => {
  it365 = undefined;
});
afterEach(() => it365?.[Symbol.asyncDispose]());

async function start({ tokenScopes = 'asked', mailAccess = 'act' }: Start = {}): Promise<ConnectedService> {
  const emulator: EmulatorOptions = { tenant: { tokenScopes } };
  it365 = await startConnectedService({ emulator, service: { config: { mailAccess } } });
  browser = it365.browser();
  return it365;
}

const row = () => Mailbox.findOne({ email: admin }).lean().orFail();
const change = async (body: object) =>
  browser.write('POST', `/api/mailboxes/${(await row())._id.toHexString()}/access`, body);

/** Has the tokens of the mailbox renewed. */
async function renewed({ service }: ConnectedService): Promise<void> {
  await Mailbox.updateOne({ email: admin }, { $set: { 'encryptedTokens.expiresAt': new Date(0) } });
  const { scopesAt } = await row();
  const job = await service.queue('token-refresh').add('refresh-tokens', {}, { attempts: 1 });
  await expect.poll(() => job.getState()).toBe('completed');
  await expect.poll(async () => (await row()).encryptedTokens?.expiresAt).not.toEqual(new Date(0));
  expect((await row()).scopesAt?.getTime()).toBeGreaterThanOrEqual(scopesAt?.getTime() ?? 0);
}

const told = () => Notification.find({ title: 'Microsoft no longer lets MSEDB change mail' }).lean();

/** The permissions about mail that the next sign-in of a browser asks for. */
const askedOf = async (used: Browser) => {
  const { headers } = await used.once('/auth/login');
  const scope = new URL(headers.get('location') ?? '').searchParams.get('scope') ?? '';
  return scope.split(' ').filter((name) => name.startsWith('Mail.'));
};

describe('the token of a mailbox that is only looked at', () => {
  it('may hold everything that was consented to: then MSEDB itself refuses, and says so', async () => {
    const used = await start({ tokenScopes: 'consented' });
    await browser.signIn(admin, 'access=look');
    await browser.signIn(admin, 'access=act');
    await change({ access: 'look' });
    const writes = countMailWrites(used.microsoft, admin);
    await renewed(used);

    expect((await row()).grantedScopes).toEqual(expect.arrayContaining(['Mail.ReadBasic', 'Mail.ReadWrite']));
    expect((await browser.once('/api/me/access')).body).toMatchObject({
      items: [{ access: 'look', mayChangeMail: false, refusedBy: 'msedb' }],
      withdraw: expect.stringContaining('myapps.microsoft.com'),
    });
    expect(writes()).toBe(0);
  });

  it('stays as it is where looking alone was never consented to, and the mailbox stays connected', async () => {
    const used = await start();
    await browser.signIn(admin);
    await change({ access: 'look' });
    await renewed(used);

    expect(await row()).toMatchObject({ isConnected: true, access: 'look' });
    expect((await row()).grantedScopes).toContain('Mail.ReadWrite');
    expect((await browser.once('/api/me/access')).body).toMatchObject({ items: [{ refusedBy: 'msedb' }] });
  });

  it('is asked for looking alone as soon as that was consented to', async () => {
    const used = await start();
    await browser.signIn(admin);
    await browser.signIn(admin, 'access=look');
    await renewed(used);

    const { access, grantedScopes = [] } = await row();
    expect([access, grantedScopes.filter((scope) => scope.startsWith('Mail.'))]).toEqual(['look', ['Mail.ReadBasic']]);
  });

  it('is forgotten, with its scopes, when the mailbox is disconnected', async () => {
    await start();
    await browser.signIn(admin, 'access=look');
    await browser.write('DELETE', `/api/mailboxes/${(await row())._id.toHexString()}`);

    expect((await browser.once('/api/me/access')).body).toMatchObject({
      items: [{ access: 'look', grantedScopes: [], scopesAt: null }],
    });
  });

  it('looks on where the consent to act was taken back and that to look stands', async () => {
    const used = await start();
    await browser.signIn(admin, 'access=look');
    await browser.signIn(admin, 'access=act');
    const person = used.microsoft.people.get(admin);
    used.microsoft.grants.withdraw(person, 'Mail.ReadWrite');
    await renewed(used);

    expect(await row()).toMatchObject({ isConnected: true, access: 'act' });
    expect((await browser.once('/api/me/access')).body).toMatchObject({
      items: [{ access: 'act', mayChangeMail: false, refusedBy: 'microsoft' }],
    });
  });

  it('of which the consent to act was taken back: its owner is told, once for each time', async () => {
    const used = await start();
    await browser.signIn(admin, 'access=look');
    await browser.signIn(admin, 'access=act');
    const withdraw = () => used.microsoft.grants.withdraw(used.microsoft.people.get(admin), 'Mail.ReadWrite');
    await renewed(used);
    const before = await told();

    withdraw();
    await renewed(used);
    await expect.poll(async () => (await told()).length).toBe(1);
    await renewed(used);
    const once = await told();
    await browser.signIn(admin, 'access=act');
    await renewed(used);
    const back = [await told(), (await row()).writeLoss];
    withdraw();
    await renewed(used);

    expect(before).toEqual([]);
    expect(once).toMatchObject([{ priority: 'high', message: expect.stringContaining('/auth/login?access=act') }]);
    expect(back).toEqual([once, undefined]);
    await expect.poll(async () => (await told()).length).toBe(2);
  });

  it('is not told of where its owner has chosen to look', async () => {
    const used = await start();
    await browser.signIn(admin, 'access=look');
    await renewed(used);

    expect(await row()).not.toHaveProperty('writeLoss');
    expect(await Notification.countDocuments({ title: 'Microsoft no longer lets MSEDB change mail' })).toBe(0);
  });
});

describe('a person who looks', () => {
  it('is not asked for more at the next sign-ins in this browser', async () => {
    await start();
    const before = await askedOf(browser);
    await browser.signIn(admin, 'access=look');
    await browser.write('POST', '/auth/logout');
    const after = await askedOf(browser);
    await browser.signIn(admin);

    expect([before, after, await askedOf(browser)]).toEqual([
      ['Mail.ReadWrite'],
      ['Mail.ReadBasic'],
      ['Mail.ReadBasic'],
    ]);
    expect(await row()).toMatchObject({ access: 'look' });
  });

  it('is not asked for more after the choice was made in the service', async () => {
    await start();
    await browser.signIn(admin);
    await change({ access: 'look' });

    expect(await askedOf(browser)).toEqual(['Mail.ReadBasic']);
  });

  it('who lets MSEDB act in another browser has it act in this one as well', async () => {
    const used = await start();
    await browser.signIn(admin, 'access=look');
    await used.browser().signIn(admin, 'access=act');

    const { status } = await browser.signIn(admin);

    expect(status).toBe(200);
    expect(await row()).toMatchObject({ access: 'act', grantedScopes: expect.arrayContaining(['Mail.ReadWrite']) });
    expect(await askedOf(browser)).toEqual(['Mail.ReadWrite']);
  });

  it('leaves nothing to a colleague who signs in at the same browser for the first time', async () => {
    const used = await start();
    await browser.signIn(admin, 'access=look');
    used.microsoft.people.add({ email: 'bea@contoso.example' });
    await browser.write('POST', '/api/admin/users', { email: 'bea@contoso.example' });

    const { body } = await browser.signIn('bea@contoso.example');

    expect(body).toMatchObject({ email: 'bea@contoso.example' });
    expect(await Mailbox.findOne({ email: 'bea@contoso.example' }).lean()).toMatchObject({
      access: 'act',
      grantedScopes: expect.arrayContaining(['Mail.ReadWrite']),
    });
  });
});

describe('MAIL_ACCESS', () => {
  it('look: is the default, and a person may choose otherwise', async () => {
    await start({ mailAccess: 'look' });
    await browser.signIn(admin);
    const before = (await row()).access;

    await browser.signIn(admin, 'access=act');

    expect([before, (await row()).access]).toEqual(['look', 'act']);
  });

  it('look: leaves a mailbox in which MSEDB acts, with its tokens, at a sign-in that names no access', async () => {
    await start({ mailAccess: 'look' });
    await browser.signIn(admin, 'access=act');

    await it365?.browser().signIn(admin);

    expect(await row()).toMatchObject({ access: 'act', grantedScopes: expect.arrayContaining(['Mail.ReadWrite']) });
  });

  it('look-only: nobody gives more, by whatever way', async () => {
    await start({ mailAccess: 'look-only' });
    await browser.signIn(admin);
    const ways = [await browser.once('/auth/login?access=act'), await change({ access: 'act' })];
    ways.push(await browser.write('POST', '/api/mailboxes/connect', { access: 'act' }));

    for (const { status, body } of ways) expect([status, body]).toMatchObject([403, { error: { code: 'look_only' } }]);
    expect((await row()).access).toBe('look');
  });

  it('look-only: mailboxes in which MSEDB acted are only looked at from the start on', async () => {
    await start();
    await browser.signIn(admin);

    await lookAtAll(undefined);
    await lookAtAll(undefined);

    expect((await browser.once('/api/mailboxes')).body).toMatchObject({ items: [{ access: 'look' }] });
    expect(await AuditLog.countDocuments({ action: 'mailbox_access_changed' })).toBe(1);
  });
});

it('never asks for what it says that it never asks for', () => {
  const asked = new Set<string>(permissions.map(({ name }) => name));

  expect(neverAsked.filter((scope) => asked.has(scope))).toEqual([]);
});
