import type { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessTokens } from '../../../src/auth/tokens/access-tokens.ts';
import { rotateKeys } from '../../../src/auth/tokens/keys-rotation.ts';
import { connectMailbox } from '../../../src/auth/mailboxes/mailbox-connection.ts';
import { TokenVault } from '../../../src/auth/tokens/token-vault.ts';
import { generateKeyEntry, parseKeys } from '../../../src/auth/tokens/vault-keys.ts';
import { Mailbox } from '../../../src/models/index.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { noLock, redeemAs, startEntra, type TestEntra } from './entra.ts';
import { Gate } from '../../harness/gate.ts';

let database: TestDatabase;
/** Refresh tokens work once here: one that is lost is a mailbox that is lost. */
let entra: TestEntra;
beforeAll(async () => {
  database = await connectTestDatabase();
  entra = await startEntra({ lifetimes: { refreshGraceMs: 0 } });
});
afterAll(async () => {
  await entra[Symbol.asyncDispose]();
  await database.drop();
});

/** Begins a refresh, and comes back when Microsoft has the request, which it answers when it is told to. */
async function refreshUnderWay(tokens: AccessTokens, mailboxId: Types.ObjectId) {
  const gate = new Gate();
  const struck = entra.emulator.faults.add({ kind: 'slow', until: gate.opened, target: 'login', times: 1 });
  const token = tokens.getToken(mailboxId, { forceRefresh: true });
  await expect.poll(struck).toBe(1);
  return { token, answer: () => gate.open() };
}

describe('the stored cache of a mailbox', () => {
  it('shows neither tokens nor account', async () => {
    const { mailboxId, email } = await entra.connected();

    const { msalCache = '' } = await Mailbox.findById(mailboxId).lean().orFail();

    expect(msalCache).toMatch(/^v1\.k[0-9a-f]{8}\.[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(Buffer.from(msalCache, 'base64url').toString('latin1')).not.toContain('secret');
    expect(msalCache).not.toContain(email);
  });

  it('gets each new refresh token, so that one renewal follows the other', async () => {
    const { mailboxId } = await entra.connected();
    const tokens = entra.process();

    const seen = new Set<string>();
    for (let renewals = 0; renewals < 4; renewals += 1) {
      seen.add(await tokens.getToken(mailboxId, { forceRefresh: true }));
    }

    expect(seen.size).toBe(4);
    expect(await Mailbox.findById(mailboxId).lean()).toMatchObject({ isConnected: true, msalCacheVersion: 5 });
  });

  it('loses nothing when the keys are rotated while it is renewed', async () => {
    const { mailboxId } = await entra.connected();
    const newer = generateKeyEntry();
    const vault = new TokenVault(parseKeys(`${entra.keyEntry},${newer}`));
    const tokens = new AccessTokens({ ...entra, vault, withLock: noLock, clock: Date.now });
    const { token, answer } = await refreshUnderWay(tokens, mailboxId);

    await rotateKeys(new TokenVault(parseKeys(`${newer},${entra.keyEntry}`)), () => undefined);
    answer();

    const renewed = await token;
    expect(await tokens.getToken(mailboxId, { forceRefresh: true })).not.toBe(renewed);
    expect(await Mailbox.findById(mailboxId).lean()).toMatchObject({ isConnected: true, msalCacheVersion: 4 });
  });

  it('keeps the new grant when its owner connects again while the old one is renewed', async () => {
    const { mailboxId, userId, email } = await entra.connected();
    const tokens = entra.process();
    const { token, answer } = await refreshUnderWay(tokens, mailboxId);

    await connectMailbox(entra.vault, userId, await redeemAs(entra.microsoft, (url) => entra.visit(url, email)));
    const fresh = await entra.process().getToken(mailboxId);
    answer();

    expect(await token).toBe(fresh);
    expect(await tokens.getToken(mailboxId, { forceRefresh: true })).not.toBe(fresh);
    expect(await Mailbox.findById(mailboxId).lean()).toMatchObject({ isConnected: true });
  });
});
