import { Redis } from 'ioredis';
import { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccessTokens } from '../../../src/auth/tokens/access-tokens.ts';
import { connectMailbox } from '../../../src/auth/mailboxes/mailbox-connection.ts';
import { discardTokens } from '../../../src/auth/mailboxes/mailbox-disconnection.ts';
import { createRedisLock } from '../../../src/auth/tokens/redis-lock.ts';
import { minuteMs } from '../../../src/lib/durations.ts';
import { buildIndexes, Mailbox, models, Notification, User } from '../../../src/models/index.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { startTestRedis, type TestRedis } from '../../harness/redis.ts';
import { recordIndexLog } from '../models/indexes/index-log.ts';
import { noLock, redeemAs, startEntra, type TestEntra } from './entra.ts';
import { Gate } from '../../harness/gate.ts';

const dead = { status: 409, code: 'mailbox_disconnected' };

let database: TestDatabase;
let entra: TestEntra;
let redis: TestRedis;
const clients: Redis[] = [];
beforeAll(async () => {
  [database, entra, redis] = await Promise.all([connectTestDatabase(), startEntra(), startTestRedis()]);
  await buildIndexes(models, recordIndexLog());
});
beforeEach(() => entra.emulator.faults.clear());
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await Promise.all([entra[Symbol.asyncDispose](), database.drop(), redis[Symbol.asyncDispose]()]);
});

/** Another process: an own cache of tokens, an own connection to the lock that all share. */
function lockedProcess(): AccessTokens {
  const client = new Redis({ host: '127.0.0.1', port: redis.port });
  clients.push(client);
  return entra.process(createRedisLock(client));
}

const rowOf = (mailboxId: Types.ObjectId) => Mailbox.findById(mailboxId).lean().orFail();
const noticesTo = (userId: Types.ObjectId) => Notification.find({ userId }).lean();

describe('an access token', () => {
  it('is taken from the store while it lasts, and Microsoft is not asked', async () => {
    const { mailboxId } = await entra.connected();
    const requests = entra.countTokenRequests();

    const [first, again] = [await entra.process().getToken(mailboxId), await entra.process().getToken(mailboxId)];

    expect(entra.emulator.grants.accessToken(first)).toBeDefined();
    expect(again).toBe(first);
    expect(requests()).toBe(0);
  });

  it('is kept in the process until 5 minutes before its end', async () => {
    const { mailboxId } = await entra.connected();
    let now = Date.now();
    const tokens = new AccessTokens({ ...entra, withLock: noLock, clock: () => now });
    const first = await tokens.getToken(mailboxId);
    await tokens.getToken(mailboxId, { forceRefresh: true });
    const requests = entra.countTokenRequests();
    const renewed = await tokens.getToken(mailboxId);

    now += 54 * minuteMs;
    expect(await tokens.getToken(String(mailboxId))).toBe(renewed);

    expect(renewed).not.toBe(first);
    expect(requests()).toBe(0);
  });

  it('is renewed when less than 5 minutes of it are left', async () => {
    const brief = await startEntra({ lifetimes: { accessTokenMs: 4 * minuteMs } });
    const { mailboxId } = await brief.connected();
    const tokens = brief.process();
    const requests = brief.countTokenRequests();

    const [first, second] = [await tokens.getToken(mailboxId), await tokens.getToken(mailboxId)];

    expect(second).not.toBe(first);
    expect(requests()).toBe(2);
    await brief[Symbol.asyncDispose]();
  });

  it('is asked for once by all who need it at the same moment', async () => {
    const { mailboxId } = await entra.connected();
    const tokens = lockedProcess();
    const requests = entra.countTokenRequests(500);

    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.getToken(mailboxId, { forceRefresh: true })));

    expect(new Set(all).size).toBe(1);
    expect(requests()).toBe(1);
  });

  it('is asked for once by several processes', async () => {
    const { mailboxId } = await entra.connected();
    const processes = [lockedProcess(), lockedProcess(), lockedProcess()];
    const requests = entra.countTokenRequests(500);

    const all = await Promise.all(processes.map((tokens) => tokens.getToken(mailboxId, { forceRefresh: true })));

    expect(new Set(all).size).toBe(1);
    expect(requests()).toBe(1);
  });

  it('is each mailbox’s own, also for two rows of one account', async () => {
    const [one, other] = [await entra.connected(), await entra.connected()];
    const tokens = entra.process();

    const [first, second] = await Promise.all([one, other].map(({ mailboxId }) => tokens.getToken(mailboxId)));

    expect(entra.emulator.grants.accessToken(first ?? '')?.person.email).toBe(one.email);
    expect(entra.emulator.grants.accessToken(second ?? '')?.person.email).toBe(other.email);
  });

  it('of an older connection is not used once the mailbox is connected again', async () => {
    const { email, userId, mailboxId } = await entra.connected();
    const tokens = entra.process();
    const before = await tokens.getToken(mailboxId);

    await connectMailbox(entra.vault, userId, await redeemAs(entra.microsoft, (url) => entra.visit(url, email)));

    expect(await tokens.getToken(mailboxId)).not.toBe(before);
  });

  it('is not waited for any longer by who gives up, and the others get it', async () => {
    const { mailboxId } = await entra.connected();
    const tokens = entra.process();
    entra.emulator.faults.add({ kind: 'slow', delayMs: 300, target: 'login', times: 1 });
    const giveUp = new AbortController();

    const patient = tokens.getToken(mailboxId, { forceRefresh: true });
    const impatient = tokens.getToken(mailboxId, { forceRefresh: true, signal: giveUp.signal });
    giveUp.abort(new Error('the job was stopped'));

    await expect(impatient).rejects.toThrow('the job was stopped');
    expect(entra.emulator.grants.accessToken(await patient)).toBeDefined();
  });

  it('is handed out for no mailbox that does not exist', async () => {
    await expect(entra.process().getToken(new Types.ObjectId())).rejects.toMatchObject({ status: 404 });
  });
});

describe('who may not act', () => {
  it('is a user who was deactivated: no token, at once and in every process, until reactivated', async () => {
    const { userId, mailboxId } = await entra.connected();
    const tokens = entra.process();
    const token = await tokens.getToken(mailboxId);

    await User.updateOne({ _id: userId }, { isActive: false });
    await expect(tokens.getToken(mailboxId)).rejects.toMatchObject({ status: 409, code: 'mailbox_paused' });
    await User.updateOne({ _id: userId }, { isActive: true });

    expect(await tokens.getToken(mailboxId)).toBe(token);
    expect(await rowOf(mailboxId)).toMatchObject({ isConnected: true });
  });

  it('is who has disconnected the mailbox: the tokens are gone and do not come back from a refresh under way', async () => {
    const { userId, mailboxId } = await entra.connected();
    const tokens = entra.process();
    await tokens.getToken(mailboxId);
    const gate = new Gate();
    const held = entra.emulator.faults.add({ kind: 'slow', until: gate.opened, target: 'login', times: 1 });

    const underWay = tokens.getToken(mailboxId, { forceRefresh: true });
    const disconnect = async () => {
      await expect.poll(held).toBe(1);
      await discardTokens(userId, mailboxId);
      gate.open();
    };
    const [outcome] = await Promise.allSettled([underWay, disconnect()]);
    await discardTokens(userId, mailboxId);

    expect(outcome).toMatchObject({ status: 'rejected', reason: dead });
    await expect(tokens.getToken(mailboxId)).rejects.toMatchObject(dead);
    const row = await rowOf(mailboxId);
    expect(row).toMatchObject({ isConnected: false, disconnectReason: 'by_user' });
    expect(row).not.toHaveProperty('msalCache');
    expect(await noticesTo(userId)).toEqual([]);
  });

  it('is another user: they cannot disconnect the mailbox', async () => {
    const { mailboxId } = await entra.connected();

    await expect(discardTokens(new Types.ObjectId(), mailboxId)).rejects.toMatchObject({ status: 404 });

    expect(await rowOf(mailboxId)).toMatchObject({ isConnected: true });
  });
});
