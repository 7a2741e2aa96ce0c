import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog, Mailbox, User } from '../../src/models/index.ts';
import { buildMailbox } from '../factories/mailbox.ts';
import { buildPattern } from '../factories/pattern.ts';
import { buildStagedEmail } from '../factories/staged-email.ts';
import { startTestService, type TestService } from '../harness/service.ts';
import { Listener } from '../harness/stream-service.ts';

let service: TestService;
let ada: Listener;
beforeAll(async () => {
  service = await startTestService();
  ada = await Listener.create();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const get = (path: string, who = ada) => service.http.get(path).set(who.headers);

const change = (mailboxId: string, body: object, who = ada) =>
  service.http.post(`/api/mailboxes/${mailboxId}/whitelist`).set(who.headers).send(body);

describe('the protected senders of a mailbox', () => {
  it('are added and removed one by one, and the others stay', async () => {
    const known = { whitelistedSenders: ['boss@example.com', 'old@example.com'], whitelistedDomains: ['example.org'] };
    const { id } = await buildMailbox({ userId: ada.userId, settings: { automationPaused: false, ...known } });

    const add = { whitelistedSenders: ['New@Example.com', 'boss@example.com'], whitelistedDomains: ['@example.net'] };
    const { status, body } = await change(id, { add, remove: { whitelistedSenders: ['old@example.com'] } });

    const after = {
      whitelistedSenders: ['boss@example.com', 'new@example.com'],
      whitelistedDomains: ['example.org', 'example.net'],
    };
    expect([status, body]).toEqual([200, after]);
    expect((await Mailbox.findById(id).lean())?.settings).toMatchObject(after);
    expect(await AuditLog.find({ mailboxId: id }).lean()).toMatchObject([
      { action: 'whitelist_updated', details: { whitelistedSenders: 2, whitelistedDomains: 2 } },
    ]);
  });

  it('lose nothing of changes at the same time', async () => {
    const { id } = await buildMailbox({ userId: ada.userId });
    const senders = Array.from({ length: 10 }, (_, n) => `sender${n}@example.com`);
    await Promise.all(senders.map((sender) => change(id, { add: { whitelistedSenders: [sender] } })));

    expect((await Mailbox.findById(id).lean())?.settings.whitelistedSenders.toSorted()).toEqual(senders);
  });

  it('are a thousand at most, and nobody else changes them', async () => {
    const whitelistedSenders = Array.from({ length: 1_000 }, (_, n) => `sender${n}@example.com`);
    const settings = { automationPaused: false, whitelistedSenders, whitelistedDomains: [] };
    const { id } = await buildMailbox({ userId: ada.userId, settings });
    const more = { add: { whitelistedSenders: ['one@example.net'] } };

    const { status, body } = await change(id, more);

    expect([status, body]).toMatchObject([
      409,
      { error: { code: 'whitelist_full', fields: [{ path: ['add', 'whitelistedSenders'] }] } },
    ]);
    expect((await change(id, more, await Listener.create())).status).toBe(404);
  });
});

describe('the analysis of a mailbox', () => {
  it('says when it ended, when the next is, and what it has found', async () => {
    const lastAnalyzedAt = new Date('2026-05-01T02:00:00Z');
    const analysis = { fullAt: lastAnalyzedAt, basis: 'b', tested: 12 };
    const { _id, id } = await buildMailbox({ userId: ada.userId, lastAnalyzedAt, analysis });
    await buildPattern({ userId: ada.userId, mailboxId: _id, status: 'detected' });

    expect((await get(`/api/mailboxes/${id}/analysis`)).body).toEqual({
      state: 'idle',
      lastFinishedAt: '2026-05-01T02:00:00.000Z',
      nextAt: expect.stringMatching(/T02:00:00/),
      hypothesesTested: 12,
      found: { suggested: 0, detected: 1 },
    });
  });

  it('is queued once it is asked for, and never before the first', async () => {
    const { id } = await buildMailbox({ userId: ada.userId });
    const stateOf = async () => (await get(`/api/mailboxes/${id}/analysis`)).body.state;
    expect(await stateOf()).toBe('never');

    const queue = service.queue('pattern-analysis');
    const delay = 3_600_000;
    await queue.add('analyze-mailbox', { mailboxId: id }, { deduplication: { id }, delay });
    expect(await stateOf()).toBe('queued');
    expect((await get(`/api/mailboxes/${id}/analysis`, await Listener.create())).status).toBe(404);
  });
});

describe('the mailboxes of everybody', () => {
  it('are seen by admins, page by page, with owner and state and nothing of their mail', async () => {
    const admin = await Listener.create();
    await User.updateOne({ _id: admin.userId }, { $set: { role: 'admin' } });
    const owner = await Listener.create();
    const { _id, id, email } = await buildMailbox({
      userId: owner.userId,
      isConnected: false,
      connectedAt: new Date(),
    });
    await buildMailbox({ userId: owner.userId });
    const fault = { count: 1, message: 'Graph refused it', at: new Date() };
    await buildStagedEmail({ userId: owner.userId, mailboxId: _id, fault });
    await buildStagedEmail({ userId: owner.userId, mailboxId: _id });

    const before = (BigInt(`0x${id}`) - 1n).toString(16);
    const { status, body } = await get(`/api/admin/mailboxes?limit=1&after=${before}`, admin);

    expect([status, body]).toMatchObject([
      200,
      {
        items: [
          { id, email, owner: { id: owner.userId.toHexString() }, isConnected: false, pausedBy: null, faults: 1 },
        ],
        next: id,
      },
    ]);
    expect(body.items[0].state.kind).toBe('disconnected');
    expect((await get(`/api/admin/mailboxes?after=${id}`, admin)).body.items.length).toBeGreaterThan(0);
    expect((await get('/api/admin/mailboxes', owner)).status).toBe(403);
  });
});
