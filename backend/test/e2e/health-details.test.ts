import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Accounts } from '../harness/accounts.ts';
import { admin, type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

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

describe('the health of the service', () => {
  it('says to an admin that there is no public address, and so no notifications', async () => {
    const browser = await it365.signedIn(admin);

    const { status, body } = await browser.visit('/health');

    expect(status).toBe(200);
    expect(body).toMatchObject({
      details: {
        notifications: { publicAddress: null, note: expect.stringContaining('GRAPH_WEBHOOK_URL') },
        mailboxes: { disconnected: 0, cannot_be_read: 0 },
        graphIsAheadBySeconds: 0,
      },
    });
  });

  it('has no details for anyone else', async () => {
    const someone = await accounts.join('dora@contoso.example');

    expect((await someone.visit('/health')).body).not.toHaveProperty('details');
    expect((await it365.browser().visit('/health')).body).not.toHaveProperty('details');
  });
});
