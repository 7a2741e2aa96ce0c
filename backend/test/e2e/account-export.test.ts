import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hourMs } from '../../src/lib/durations.ts';
import { buildEmailEvent } from '../factories/email-event.ts';
import { Accounts } from '../harness/accounts.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

/** What is known of a mailbox is what a test put there: nobody reads it meanwhile. */
const idle = async (): Promise<void> => undefined;
let it365: ConnectedService;
let accounts: Accounts;
beforeAll(async () => {
  const processors = { 'delta-sync': idle, 'pattern-analysis': idle, 'webhook-renewal': idle };
  it365 = await startConnectedService({ service: { processors } });
  accounts = await Accounts.start(it365);
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

describe('the export of an account', () => {
  it('is one JSON document with everything, in pieces, and no secret in it', async () => {
    const email = 'kurt@contoso.example';
    const kurt = await accounts.join(email);
    const { userId, _id: mailboxId, msalCache = 'no cache' } = await accounts.mailbox(email);
    await accounts.addHistory({ userId, mailboxId }, email);
    const subscriptionId = await accounts.subscribe({ userId, _id: mailboxId });
    for (let at = 0; at < 300; at += 1) await buildEmailEvent({ userId, mailboxId, subject: `Report "${at}"\n` });
    await buildEmailEvent({ subject: "Somebody else's mail" });
    const past = {
      timestamp: new Date(Date.now() - hourMs),
      toFolder: 'first',
      isRead: true,
      categories: [],
      stateVersion: 2,
    };
    await buildEmailEvent({ userId, mailboxId, eventType: 'moved', toFolder: 'last', history: [past] });

    const { status, headers, body } = await kurt.once('/api/me');

    expect(status).toBe(200);
    expect(headers.get('content-length')).toBeNull();
    expect(headers.get('content-disposition')).toMatch(/^attachment/);
    expect(body).toMatchObject({
      user: { email, preferences: { automationPaused: false } },
      mailboxes: [{ email, isConnected: true }],
      patterns: [{ mailboxId: mailboxId.toString() }],
      rules: [{ mailboxId: mailboxId.toString() }],
      stagedEmails: [{ mailboxId: mailboxId.toString() }],
      auditLogs: { length: 2 },
      notifications: [{ userId: userId.toString() }, { userId: userId.toString() }],
      webhookSubscriptions: [{ subscriptionId }],
      sessions: [{ userId: userId.toString() }],
      emailEvents: { length: 302 },
    });
    const moved = {
      eventType: 'moved',
      toFolder: 'last',
      history: [{ ...past, timestamp: past.timestamp.toISOString() }],
    };
    expect(body).toMatchObject({ emailEvents: expect.arrayContaining([expect.objectContaining(moved)]) });
    const text = JSON.stringify(body);
    for (const secret of ['msalCache', 'clientState', 'idHash', 'encryptedTokens', 'secret-of-a-test', msalCache]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toContain(kurt.cookies(it365.url)['msedb_session']);
    expect(text).not.toContain("Somebody else's mail");
  });
});
