import type { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccessTokens } from '../../../src/auth/tokens/access-tokens.ts';
import { connectMailbox } from '../../../src/auth/mailboxes/mailbox-connection.ts';
import { TokenVault } from '../../../src/auth/tokens/token-vault.ts';
import { generateKeyEntry, parseKeys } from '../../../src/auth/tokens/vault-keys.ts';
import { AuditLog, buildIndexes, Mailbox, models, Notification } from '../../../src/models/index.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { recordIndexLog } from '../models/indexes/index-log.ts';
import { noLock, redeemAs, startEntra, type TestEntra } from './entra.ts';

const dead = { status: 409, code: 'mailbox_disconnected' };
const later = { status: 503, code: 'try_later' };

let database: TestDatabase;
let entra: TestEntra;
beforeAll(async () => {
  [database, entra] = await Promise.all([connectTestDatabase(), startEntra()]);
  await buildIndexes(models, recordIndexLog());
});
beforeEach(() => entra.emulator.faults.clear());
afterAll(async () => {
  await Promise.all([entra[Symbol.asyncDispose](), database.drop()]);
});

const rowOf = (mailboxId: Types.ObjectId) => Mailbox.findById(mailboxId).lean().orFail();
const noticesTo = (userId: Types.ObjectId) => Notification.find({ userId }).lean();
const revoke = (email: string, how: Parameters<typeof entra.emulator.grants.revoke>[1] = 'invalid_grant') =>
  entra.emulator.grants.revoke(entra.emulator.people.get(email), how);

describe('a dead grant', () => {
  it.each(['invalid_grant', 'invalid_grant_with_suberror', 'interaction_required', 'consent_required'] as const)(
    'that Microsoft calls %s disconnects the mailbox, tells its owner once, and ends all tries',
    async (how) => {
      const { email, userId, mailboxId } = await entra.connected();
      const tokens = entra.process();
      const requests = entra.countTokenRequests();
      revoke(email, how);

      await expect(tokens.getToken(mailboxId, { forceRefresh: true })).rejects.toMatchObject(dead);
      await expect(tokens.getToken(mailboxId)).rejects.toMatchObject(dead);
      await expect(entra.process().getToken(mailboxId, { forceRefresh: true })).rejects.toMatchObject(dead);

      // consent may be missing for one permission, or for acting: the required ones are asked for, and looking alone
      expect(requests()).toBe(how === 'consent_required' ? 3 : 1);
      const row = await rowOf(mailboxId);
      expect(row).toMatchObject({ isConnected: false, disconnectReason: 'sign_in_required' });
      expect(row.disconnectedAt).toBeInstanceOf(Date);
      expect(row).not.toHaveProperty('msalCache');
      expect(await noticesTo(userId)).toMatchObject([{ type: 'system', priority: 'high', isRead: false }]);
      expect(await AuditLog.countDocuments({ mailboxId, action: 'mailbox_disconnected' })).toBe(1);
    },
  );

  it('is told once even when processes without a lock find out together', async () => {
    const { email, userId, mailboxId } = await entra.connected();
    const processes = Array.from({ length: 5 }, () => entra.process());
    revoke(email);

    const outcomes = await Promise.allSettled(
      processes.map((tokens) => tokens.getToken(mailboxId, { forceRefresh: true })),
    );

    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: dead });
    expect(await noticesTo(userId)).toHaveLength(1);
    expect(await AuditLog.countDocuments({ mailboxId, action: 'mailbox_disconnected' })).toBe(1);
  });

  it('is over when the owner connects again, and told anew when that grant dies too', async () => {
    const { email, userId, mailboxId } = await entra.connected();
    const tokens = entra.process();
    revoke(email);
    await expect(tokens.getToken(mailboxId, { forceRefresh: true })).rejects.toMatchObject(dead);

    const again = await redeemAs(entra.microsoft, (url) => entra.visit(url, email));
    expect(await connectMailbox(entra.vault, userId, again)).toEqual(mailboxId);
    await tokens.getToken(mailboxId, { forceRefresh: true });
    expect(await rowOf(mailboxId)).not.toHaveProperty('disconnectReason');

    revoke(email);
    await expect(tokens.getToken(mailboxId, { forceRefresh: true })).rejects.toMatchObject(dead);
    expect(await noticesTo(userId)).toHaveLength(2);
  });

  it('is what a connected mailbox without tokens has', async () => {
    const { _id: mailboxId } = await buildMailbox();

    await expect(entra.process().getToken(mailboxId)).rejects.toMatchObject({ ...dead, reason: 'no_tokens_found' });

    expect(await rowOf(mailboxId)).toMatchObject({ isConnected: false });
  });
});

describe('a fault that passes', () => {
  it.each([
    ['429', { kind: 429, retryAfterSeconds: 7 }, { reason: 'status_429', retryAfterMs: 7_000 }],
    ['500', { kind: 500 }, { reason: 'status_500' }],
    ['503', { kind: 503 }, { reason: 'status_503' }],
    ['504', { kind: 504 }, { reason: 'status_504' }],
    ['a connection that breaks', { kind: 'reset' }, { reason: 'network' }],
  ] as const)('%s never disconnects the mailbox', async (_name, fault, told) => {
    const { userId, mailboxId } = await entra.connected();
    const tokens = entra.process();
    entra.emulator.faults.add({ ...fault, target: 'login' });

    for (let tries = 0; tries < 3; tries += 1) {
      const attempt = tokens.getToken(mailboxId, { forceRefresh: true });
      await expect(attempt).rejects.toMatchObject({ ...later, ...told });
    }

    entra.emulator.faults.clear();
    expect(await rowOf(mailboxId)).toMatchObject({ isConnected: true });
    expect(await noticesTo(userId)).toEqual([]);
    expect(entra.emulator.grants.accessToken(await tokens.getToken(mailboxId, { forceRefresh: true }))).toBeDefined();
  });

  it('is Microsoft not being there at all', async () => {
    const gone = await startEntra();
    const { mailboxId } = await gone.connected();
    await gone[Symbol.asyncDispose]();

    await expect(gone.process().getToken(mailboxId, { forceRefresh: true })).rejects.toMatchObject(later);

    expect(await rowOf(mailboxId)).toMatchObject({ isConnected: true });
  });
});

describe('tokens that cannot be read', () => {
  it('cost one mailbox its connection, and no other', async () => {
    const [broken, whole] = [await entra.connected(), await entra.connected()];
    await Mailbox.updateOne({ _id: broken.mailboxId }, { msalCache: 'v1.k1.broken' });
    const tokens = entra.process();

    await expect(tokens.getToken(broken.mailboxId)).rejects.toMatchObject(dead);
    await tokens.getToken(whole.mailboxId, { forceRefresh: true });

    expect(await rowOf(broken.mailboxId)).toMatchObject({ isConnected: false, disconnectReason: 'tokens_unreadable' });
    expect(await noticesTo(broken.userId)).toHaveLength(1);
    expect(await rowOf(whole.mailboxId)).toMatchObject({ isConnected: true });
  });

  it('are what was copied from another mailbox', async () => {
    const [rich, poor] = [await entra.connected(), await entra.connected()];
    const { msalCache = '' } = await rowOf(rich.mailboxId);
    await Mailbox.updateOne({ _id: poor.mailboxId }, { msalCache });

    await expect(entra.process().getToken(poor.mailboxId)).rejects.toMatchObject(dead);
  });

  it('are what was sealed with a key that is gone', async () => {
    const { mailboxId } = await entra.connected();
    const vault = new TokenVault(parseKeys(generateKeyEntry()));
    const tokens = new AccessTokens({ ...entra, vault, withLock: noLock, clock: Date.now });

    await expect(tokens.getToken(mailboxId)).rejects.toMatchObject({ ...dead, reason: 'unknown_key' });
  });
});
