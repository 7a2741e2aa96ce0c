import { Types } from 'mongoose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mailboxesToRefresh, refreshMailbox } from '../../../src/auth/tokens/refresh.ts';
import { minuteMs } from '../../../src/lib/durations.ts';
import { buildIndexes, Mailbox, models, Notification, User } from '../../../src/models/index.ts';
import { buildMailbox } from '../../factories/mailbox.ts';
import { connectTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { recordIndexLog } from '../models/indexes/index-log.ts';
import { startEntra, type TestEntra } from './entra.ts';

const withinMs = 50 * minuteMs;

let database: TestDatabase;
let entra: TestEntra;
beforeAll(async () => {
  [database, entra] = await Promise.all([connectTestDatabase(), startEntra()]);
  await buildIndexes(models, recordIndexLog());
});
beforeEach(() => entra.emulator.faults.clear());
afterAll(async () => {
  await entra[Symbol.asyncDispose]();
  await database.drop();
});

async function dueAt(now: number): Promise<string[]> {
  const due: string[] = [];
  for await (const id of mailboxesToRefresh({ now, withinMs })) due.push(String(id));
  return due;
}

const expiryOf = async (mailboxId: Types.ObjectId) =>
  (await Mailbox.findById(mailboxId).lean().orFail()).encryptedTokens?.expiresAt?.getTime() ?? 0;

describe('a round of renewals', () => {
  it('takes what would end before the next one, and what nobody knows the end of', async () => {
    const now = Date.now();
    const ending = (inMs: number) => ({ encryptedTokens: { expiresAt: new Date(now + inMs) } });
    const soon = await buildMailbox(ending(withinMs - 1));
    const over = await buildMailbox(ending(-minuteMs));
    const unknown = await buildMailbox();
    await buildMailbox(ending(withinMs));
    await buildMailbox({ ...ending(0), isConnected: false });

    expect(await dueAt(now)).toEqual([soon, over, unknown].map(({ _id }) => String(_id)));

    await Mailbox.deleteMany({});
  });

  it('goes through any number of mailboxes, each once, over the index', async () => {
    const userId = new Types.ObjectId();
    await Mailbox.insertMany(Array.from({ length: 1_203 }, (_, n) => ({ userId, email: `many${n}@example.com` })));

    const due = await dueAt(Date.now());

    expect(due).toHaveLength(1_203);
    expect(new Set(due).size).toBe(1_203);
    const plan = await Mailbox.find({ isConnected: true }).sort({ _id: 1 }).limit(500).explain('queryPlanner');
    expect(JSON.stringify(plan)).toMatch(/isConnected_1_(_id|nextSyncAt)_1/);
    await Mailbox.deleteMany({});
  });

  it('renews a token, so that it outlasts the next round, and leaves a fresh one alone', async () => {
    const { grants } = entra.emulator;
    const usual = grants.lifetimes;
    grants.lifetimes = { ...usual, accessTokenMs: withinMs - minuteMs };
    const { mailboxId } = await entra.connected();
    grants.lifetimes = usual;
    const requests = entra.countTokenRequests();
    const round = { now: Date.now(), withinMs };

    expect(await refreshMailbox(entra.process(), mailboxId, round)).toBe('renewed');
    expect(await refreshMailbox(entra.process(), mailboxId, round)).toBe('fresh');
    expect(await expiryOf(mailboxId)).toBeGreaterThan(round.now + withinMs);

    expect(requests()).toBe(1);
  });

  it('disconnects a dead grant without failing, and tries no more', async () => {
    const { mailboxId, userId, email } = await entra.connected();
    entra.emulator.grants.revoke(entra.emulator.people.get(email), 'invalid_grant');
    const requests = entra.countTokenRequests();
    const round = { now: Date.now() + 30 * minuteMs, withinMs };

    expect(await refreshMailbox(entra.process(), String(mailboxId), round)).toBe('disconnected');
    expect(await refreshMailbox(entra.process(), String(mailboxId), round)).toBe('disconnected');

    expect(requests()).toBe(1);
    expect(await Notification.countDocuments({ userId })).toBe(1);
    expect(await dueAt(round.now)).not.toContain(String(mailboxId));
  });

  it('rests while the owner is deactivated', async () => {
    const { mailboxId, userId } = await entra.connected();
    await User.updateOne({ _id: userId }, { isActive: false });
    const requests = entra.countTokenRequests();

    const outcome = await refreshMailbox(entra.process(), mailboxId, { now: Date.now() + 30 * minuteMs, withinMs });

    expect(outcome).toBe('paused');
    expect(requests()).toBe(0);
  });

  it('fails, so that the job is tried again, when Microsoft does not answer', async () => {
    const { mailboxId } = await entra.connected();
    entra.emulator.faults.add({ kind: 503, target: 'login' });

    const attempt = refreshMailbox(entra.process(), mailboxId, { now: Date.now() + 30 * minuteMs, withinMs });

    await expect(attempt).rejects.toMatchObject({ code: 'try_later' });
    expect(await Mailbox.findById(mailboxId).lean()).toMatchObject({ isConnected: true });
  });

  it('says that a mailbox is gone', async () => {
    const attempt = refreshMailbox(entra.process(), new Types.ObjectId(), { now: Date.now(), withinMs });

    await expect(attempt).rejects.toMatchObject({ status: 404 });
  });
});
