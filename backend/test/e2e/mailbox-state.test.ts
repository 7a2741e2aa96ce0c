import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minuteMs } from '../../src/lib/durations.ts';
import { Mailbox, type IMailbox, Notification } from '../../src/models/index.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const email = 'bea@contoso.example';

let it365: ConnectedService;
let accounts: Accounts;
let bea: Browser;
beforeAll(async () => {
  it365 = await startConnectedService();
  accounts = await Accounts.start(it365);
  bea = await accounts.join(email);
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

const ago = (minutes: number) => new Date(Date.now() - minutes * minuteMs);
const set = async (fields: object) => {
  const { _id } = await accounts.mailbox(email);
  await Mailbox.updateOne({ _id }, { $set: fields });
};
const shown = async () => {
  const { _id } = await accounts.mailbox(email);
  return (await bea.once(`/api/mailboxes/${_id.toHexString()}`)).body;
};
const sync = async (browser: Browser, address: string) => {
  const { _id } = await accounts.mailbox(address);
  await browser.write('POST', `/api/mailboxes/${_id.toHexString()}/sync`);
};

describe('the state of a mailbox', () => {
  it('is the same in the list and by itself', async () => {
    await expect.poll(shown).toMatchObject({ state: { kind: 'watching_interval' }, sync: { state: 'current' } });

    expect((await bea.once('/api/mailboxes')).body).toEqual({ items: [await shown()] });
  });

  it('tells what keeps it from being seen, and is current only if it is', async () => {
    const readFault: IMailbox['readFault'] = { reason: 'access_denied', since: ago(9), code: 'Denied', told: [] };
    await set({ readFault });

    expect(await shown()).toMatchObject({
      state: {
        kind: 'cannot_be_read',
        reason: 'access_denied',
        since: readFault.since.toISOString(),
        mustAct: 'tenant_admin',
        code: 'Denied',
        explanation: expect.stringContaining('administrator'),
      },
      sync: { state: 'stopped' },
    });
    await Mailbox.updateMany({}, { $unset: { readFault: 1 } });
    await set({ connectedAt: ago(300), lastSyncAt: ago(100), nextSyncAt: ago(85) });
    expect(await shown()).toMatchObject({
      state: { kind: 'behind', reason: 'late', behindSeconds: expect.closeTo(6_000, -2), mustAct: 'operator' },
      sync: { state: 'behind' },
    });
    await set({ lastSyncAt: ago(5), nextSyncAt: ago(-10), 'settings.automationPaused': true });
    expect(await shown()).toMatchObject({
      state: { kind: 'paused', by: 'mailbox' },
      pausedBy: 'mailbox',
      sync: { state: 'current' },
    });
    await set({ 'settings.automationPaused': false });
  });

  it('is told about an account without a mailbox, and about the end of that, once each', async () => {
    const address = 'nobody@contoso.example';
    const browser = await accounts.join(address);
    const stateOf = async () => (await browser.once('/api/mailboxes')).body;
    await expect.poll(stateOf).toMatchObject({ items: [{ sync: { state: 'current' } }] });
    it365.microsoft.people.change(address, { hasMailbox: false });

    await sync(browser, address);
    await expect.poll(stateOf).toMatchObject({ items: [{ state: { kind: 'cannot_be_read', reason: 'no_mailbox' } }] });
    const health = (await (await it365.signedIn(admin)).visit('/health')).body;
    it365.microsoft.people.change(address, { hasMailbox: true });
    await sync(browser, address);

    await expect.poll(stateOf).toMatchObject({ items: [{ state: { kind: 'watching_interval' } }] });
    const { userId } = await accounts.mailbox(address);
    const told = await Notification.find({ userId }).sort({ createdAt: 1 }).lean();
    expect(told.map(({ title }) => title)).toEqual(['A mailbox cannot be read', 'A mailbox is read again']);
    expect(health).toMatchObject({ details: { mailboxes: { cannot_be_read: 1 } } });
  });

  it("is its owner's alone", async () => {
    const { _id } = await accounts.mailbox(email);
    const carl = await accounts.join('carl@contoso.example');

    expect((await carl.once(`/api/mailboxes/${_id.toHexString()}`)).status).toBe(404);
  });
});
