import { Types } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventResponse } from '../../src/api/events/events.presenter.ts';
import { dayMs, hourMs } from '../../src/lib/durations.ts';
import { EmailEvent, type IEmailEvent, Mailbox } from '../../src/models/index.ts';
import { buildEmailEvent } from '../factories/email-event.ts';
import { Accounts } from '../harness/accounts.ts';
import type { Browser } from '../harness/browser.ts';
import { type ConnectedService, startConnectedService } from '../harness/connected-service.ts';

const page = z.strictObject({ items: z.array(z.strictObject(eventResponse.shape)), nextCursor: z.string().nullable() });
const hr = { email: 'hr@fabrikam.example', domain: 'fabrikam.example' };
const boss = { name: 'The boss', email: 'boss@fabrikam.example', domain: 'fabrikam.example' };

let it365: ConnectedService;
let accounts: Accounts;
let bea: Browser;
let owner: { userId: Types.ObjectId; mailboxId: Types.ObjectId };
let mailbox: string;
beforeAll(async () => {
  it365 = await startConnectedService({ service: { processors: { 'delta-sync': async () => undefined } } });
  accounts = await Accounts.start(it365);
  bea = await accounts.join('bea@contoso.example');
  const { userId, _id: mailboxId } = await accounts.mailbox('bea@contoso.example');
  owner = { userId, mailboxId };
  mailbox = mailboxId.toString();
  await Mailbox.updateOne({ _id: mailboxId }, { $set: { folders: [{ id: 'in', displayName: 'Inbox' }] } });
});
afterAll(async () => {
  await accounts[Symbol.asyncDispose]();
  await it365[Symbol.asyncDispose]();
});

/** The first moment of yesterday, UTC. */
const start = Math.floor(Date.now() / dayMs) * dayMs - dayMs;
const at = (hours: number) => new Date(start + hours * hourMs);
const add = (messageId: string, eventType: IEmailEvent['eventType'], hours: number, more: Partial<IEmailEvent> = {}) =>
  buildEmailEvent({ ...owner, messageId, eventType, timestamp: at(hours), sender: boss, ...more });
const list = async (query: string, browser = bea) => page.parse((await browser.once(`/api/events${query}`)).body);
const shown = async (query: string) => (await list(query)).items.map(({ messageId, type }) => `${messageId} ${type}`);

describe('the events of a mailbox', () => {
  const rule = new Types.ObjectId();
  beforeAll(async () => {
    await EmailEvent.deleteMany({});
    const receivedAt = at(1);
    await add('m1', 'arrived', 1, { subject: 'Report', toFolder: 'in', receivedAt, metadata: { isNewsletter: true } });
    await add('m1', 'moved', 2, {
      subject: 'Report',
      fromFolder: 'in',
      toFolder: 'gone',
      receivedAt,
      timeToAction: 3_600,
      occurrences: 2,
      metadata: { automatedByRule: rule },
    });
    await add('m2', 'arrived', 3, { sender: { email: 'system' }, metadata: { foundInPlace: true } });
    await add('m2', 'read', 4, { sender: { email: 'system' } });
  });

  it('are shown with the names of their folders, and null for what is not known', async () => {
    const { items, nextCursor } = await list('');

    expect(nextCursor).toBeNull();
    expect(items.map(({ type }) => type)).toEqual(['read', 'arrived', 'moved', 'arrived']);
    expect(items[1]).toMatchObject({
      mailboxId: mailbox,
      sender: { name: null, email: 'system', domain: null },
      subject: null,
      receivedAt: null,
      timeToAction: null,
      fromFolder: null,
      toFolder: null,
      metadata: { isNewsletter: null, automatedByRule: null, foundInPlace: true },
    });
    expect(items[2]).toMatchObject({
      messageId: 'm1',
      timestamp: at(2).toISOString(),
      occurrences: 2,
      timeToAction: 3_600,
      sender: boss,
      receivedAt: at(1).toISOString(),
      fromFolder: { id: 'in', name: 'Inbox' },
      toFolder: { id: 'gone', name: null },
      metadata: { automatedByRule: rule.toString() },
    });
  });

  it.each([
    ['?type=moved', ['m1 moved']],
    ['?messageId=m1', ['m1 moved', 'm1 arrived']],
    ['?messageId=m1&type=arrived', ['m1 arrived']],
    ['?messageId=m3', []],
    ['?type=moved&type=read', ['m2 read', 'm1 moved']],
    ['?type=moved,read&order=asc', ['m1 moved', 'm2 read']],
    ['?sender=BOSS@Fabrikam.example', ['m1 moved', 'm1 arrived']],
    ['?sender=system&type=read', ['m2 read']],
    ['?domain=fabrikam.example&folder=gone', ['m1 moved']],
    [`?from=${at(2).toISOString()}&to=${at(4).toISOString()}`, ['m2 arrived', 'm1 moved']],
    [`?to=${at(0).toISOString().slice(0, 10)}`, []],
    [`?from=${encodeURIComponent(at(4).toISOString().replace('Z', '+00:00'))}`, ['m2 read']],
  ])('are filtered by %s', async (query, expected) => {
    expect(await shown(query)).toEqual(expected);
    expect(await shown(`${query}&mailbox=${mailbox}`)).toEqual(expected);
  });

  it('come page by page', async () => {
    const first = await list('?limit=3');
    const last = await list(`?limit=3&cursor=${first.nextCursor}`);

    expect([first.items.length, last.items.length, last.nextCursor]).toEqual([3, 1, null]);
    expect(new Set([...first.items, ...last.items].map(({ id }) => id)).size).toBe(4);
  });

  it.each([
    '?limit=0',
    '?limit=201',
    '?limit=many',
    '?cursor=abc',
    '?cursor=e30',
    '?type=flown',
    '?type=',
    '?type[$ne]=moved',
    '?mailbox=1',
    '?mailbox[$ne]=1',
    '?order=up',
    '?from=yesterday',
    '?from=2026-02-30',
    '?from=2026-02-01T00:00:00',
    '?from=2026-02-02&to=2026-02-01',
    '?sender=',
    '?subject=Report',
    '/senders?by=name',
    '/senders?limit=101',
    '/senders?from=2020-01-01',
    '/timeline?bucket=minute',
    `/timeline?from=${at(-91 * 24).toISOString()}`,
    `/timeline?bucket=hour&from=${at(-8 * 24).toISOString()}`,
  ])('are refused for %s', async (query) => {
    const { status, body } = await bea.once(`/api/events${query}`);

    expect([status, body]).toMatchObject([400, { error: { code: 'invalid_request' } }]);
  });

  it("are their owner's alone", async () => {
    const carl = await accounts.join('carl@contoso.example');

    for (const path of ['', '/senders', '/timeline']) {
      expect((await carl.once(`/api/events${path}?mailbox=${mailbox}`)).status).toBe(404);
      expect((await carl.once(`/api/events${path}?mailbox=${new Types.ObjectId().toString()}`)).status).toBe(404);
      expect((await it365.browser().once(`/api/events${path}`)).status).toBe(401);
    }
    expect((await list('', carl)).items).toEqual([]);
    expect((await carl.once('/api/events/senders')).body).toMatchObject({ items: [] });
  });
});

describe('the summaries', () => {
  beforeAll(async () => {
    await EmailEvent.deleteMany({});
    await add('m1', 'arrived', 1);
    await add('m1', 'moved', 2, { toFolder: 'in', timeToAction: 3_600 });
    await add('m2', 'arrived', 25, { sender: hr });
    await add('m2', 'read', 26, {
      sender: hr,
      metadata: { automatedByAction: owner.userId },
    });
  });
  const time = `from=${at(0).toISOString()}&to=${at(48).toISOString()}`;

  it('tell what became of the mail of a sender', async () => {
    const { status, body } = await bea.once(`/api/events/senders?${time}&limit=1&mailbox=${mailbox}`);

    expect(status).toBe(200);
    const never = { messages: 0, medianSeconds: null };
    expect(body).toEqual({
      from: at(0).toISOString(),
      to: at(48).toISOString(),
      items: [
        {
          sender: 'boss@fabrikam.example',
          messages: 1,
          arrived: 1,
          outcomes: {
            deleted: 0,
            disappeared: 0,
            moved: 1,
            flagged: 0,
            categorized: 0,
            read: 0,
            automated: 0,
            left: 0,
            unknown: 0,
          },
          ofThemFoundInPlace: { deleted: 0, moved: 0, read: 0, left: 0 },
          deletedUnread: 0,
          movedTo: [{ mailboxId: mailbox, id: 'in', name: 'Inbox', count: 1 }],
          actions: {
            read: never,
            deleted: never,
            flagged: never,
            categorized: never,
            moved: { messages: 1, medianSeconds: 3_600 },
          },
          automated: 0,
          excludedBlind: 0,
        },
      ],
    });
  });

  it('put senders of one domain together', async () => {
    const { body } = await bea.once(`/api/events/senders?by=domain&${time}`);

    expect(body).toMatchObject({
      items: [{ sender: 'fabrikam.example', messages: 2, outcomes: { moved: 1, automated: 1 }, automated: 1 }],
    });
  });

  it('count what happened each day', async () => {
    const { status, body } = await bea.once(`/api/events/timeline?${time}&mailbox=${mailbox}`);

    expect(status).toBe(200);
    expect(body).toMatchObject({
      items: [
        { start: at(0).toISOString(), events: { arrived: 1, moved: 1, read: 0 }, automated: { read: 0 } },
        { start: at(24).toISOString(), events: { arrived: 1, moved: 0, read: 0 }, automated: { read: 1 } },
      ],
    });
  });

  it('reach back 30 days, or 24 hours, when nothing is said', async () => {
    const days = z.looseObject({ items: z.array(z.unknown()) }).parse((await bea.once('/api/events/timeline')).body);
    const hours = await bea.once('/api/events/timeline?bucket=hour');

    expect(days.items).toHaveLength(31);
    expect(hours.body).toMatchObject({ items: { length: 25 } });
  });
});
