import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import type { Person } from '../people.ts';
import { type CallGraph, type GraphAnswer, errorCode, graphAs, items } from '../testing/app-client.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';

const adaEmail = 'ada@contoso.example';
const minuteMs = 60_000;
const faultless = { dropRate: 0, duplicateRate: 0, delayRate: 0, delayMs: 0, reorderRate: 0 };

describe('subscriptions', () => {
  let emulator: Emulator;
  let ada: Person;
  let graph: CallGraph;
  let receiver: Receiver;

  beforeEach(async () => {
    emulator = await startEmulator({ seed: 11, delivery: { retryDelaysMs: [5, 5, 5] } });
    ada = emulator.people.add({ email: adaEmail });
    graph = await graphAs(emulator, adaEmail);
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await emulator.close();
    await receiver.close();
  });

  function subscribe(fields: Readonly<Record<string, unknown>> = {}, prefer?: string): Promise<GraphAnswer> {
    const body = {
      changeType: 'created,updated,deleted',
      notificationUrl: receiver.url,
      lifecycleNotificationUrl: receiver.url,
      resource: 'me/messages',
      expirationDateTime: inMinutes(10_000),
      clientState: 'secret',
      ...fields,
    };
    return graph('/subscriptions', { method: 'POST', body, ...(prefer !== undefined && { prefer }) });
  }

  function inMinutes(minutes: number): string {
    return new Date(emulator.clock.now() + minutes * minuteMs).toISOString();
  }

  async function told(): Promise<(readonly [unknown, unknown])[]> {
    await emulator.notifier.settled();
    return receiver.received.map(({ changeType, resourceData }) => [changeType, idIn(resourceData)]);
  }

  it('tells of a delivery with the client state and the immutable id', async () => {
    const { status, body } = await subscribe();

    const { id } = ada.does.deliver({ from: 'a@b.example' });
    await emulator.notifier.settled();

    expect(status).toBe(201);
    expect(receiver.received).toEqual([
      {
        subscriptionId: body['id'],
        subscriptionExpirationDateTime: body['expirationDateTime'],
        changeType: 'created',
        resource: `Users/${ada.oid}/Messages/${id}`,
        resourceData: {
          '@odata.type': '#Microsoft.Graph.Message',
          '@odata.id': `Users/${ada.oid}/Messages/${id}`,
          '@odata.etag': expect.stringMatching(/^W\//),
          id,
        },
        clientState: 'secret',
        tenantId: ada.tid,
      },
    ]);
  });

  it('tells of changes, moves and removals, with mutable ids unless others are preferred', async () => {
    await subscribe({}, 'none');
    const message = ada.does.deliver({ from: 'a@b.example' });
    const first = message.mutableId;

    ada.does.markRead(message.id);
    ada.does.move(message.id, 'archive');
    const second = message.mutableId;
    ada.does.purge(message.id);

    expect(await told()).toEqual([
      ['created', first],
      ['updated', first],
      ['deleted', first],
      ['created', second],
      ['deleted', second],
    ]);
  });

  it('can tell a move as deleted and created of the same id, both with the new folder', async () => {
    await subscribe();
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    emulator.awkward.set({ createdAndDeleted: 1 });

    ada.does.move(id, 'archive');
    await emulator.notifier.settled();

    const parentFolderId = ada.mailbox.folders.get('archive').id;
    expect(receiver.received.slice(1)).toMatchObject([
      { changeType: 'deleted', resourceData: { id, parentFolderId } },
      { changeType: 'created', resourceData: { id, parentFolderId } },
    ]);
  });

  it('tells of what is deleted for good, and of what changes its id', async () => {
    await subscribe();
    const [one, two] = [ada.does.deliver({ from: 'a@b.example' }).id, ada.does.deliver({ from: 'a@b.example' }).id];

    ada.does.softDelete(one);
    const { id } = ada.mailbox.changeId(two);

    expect((await told()).slice(2)).toEqual([
      ['deleted', one],
      ['deleted', two],
      ['created', id],
    ]);
  });

  it('tells of one folder only, and of the kinds asked for', async () => {
    await subscribe({ resource: "me/mailFolders('archive')/messages", changeType: 'created' });
    const { id } = ada.does.deliver({ from: 'a@b.example' });

    ada.does.move(id, 'archive');
    ada.does.markRead(id);

    expect(await told()).toEqual([['created', id]]);
  });

  it.each(['notificationUrl', 'lifecycleNotificationUrl'])('asks the receiver at %s to prove itself', async (field) => {
    const other = await startReceiver();
    other.breakHandshake();

    const refused = await subscribe({ [field]: other.url });
    await other.close();

    expect([refused.status, errorCode(refused)]).toEqual([400, 'ValidationError']);
    expect(items(await graph('/subscriptions'))).toEqual([]);
  });

  it('refuses a life longer than the ceiling, which can be lowered', async () => {
    emulator.subscriptions.maxMinutes = 4_200;

    const refused = await subscribe({ expirationDateTime: inMinutes(10_000) });
    const granted = await subscribe({ expirationDateTime: inMinutes(4_199) });

    expect([refused.status, granted.status]).toEqual([400, 201]);
  });

  it('renews, reauthorizes, deletes, and forgets what has expired', async () => {
    const [short, long] = [await subscribe({ expirationDateTime: inMinutes(20) }), await subscribe()];

    const renewed = await graph(pathOf(short), { method: 'PATCH', body: { expirationDateTime: inMinutes(30) } });
    const reauthorized = await graph(`${pathOf(short)}/reauthorize`, { method: 'POST' });
    emulator.clock.advance(31 * minuteMs);
    const expired = await graph(pathOf(short), { method: 'PATCH', body: { expirationDateTime: inMinutes(30) } });
    const deleted = await graph(pathOf(long), { method: 'DELETE' });

    expect([renewed, reauthorized, expired, deleted].map(({ status }) => status)).toEqual([200, 204, 404, 204]);
    expect(items(await graph('/subscriptions'))).toEqual([]);
  });

  it('sends lifecycle events', async () => {
    const { body } = await subscribe();
    const id = String(body['id']);

    for (const event of ['reauthorizationRequired', 'missed', 'subscriptionRemoved'] as const) {
      emulator.notifier.lifecycle(id, event);
    }
    await emulator.notifier.settled();

    expect(receiver.received.map(({ lifecycleEvent, clientState }) => [lifecycleEvent, clientState])).toEqual([
      ['reauthorizationRequired', 'secret'],
      ['missed', 'secret'],
      ['subscriptionRemoved', 'secret'],
    ]);
    expect((await graph(`/subscriptions/${id}`)).status).toBe(404);
  });

  it('tries again while the receiver fails, and gives up in the end', async () => {
    await subscribe();
    receiver.answerWith(503, 2);
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    expect(await told()).toEqual([['created', id]]);

    receiver.answerWith(503);
    ada.does.markRead(id);

    expect(await told()).toHaveLength(1);
    expect(emulator.notifier.counts()).toMatchObject({ delivered: 1, lost: 1 });
    expect(receiver.posts()).toBe(3 + 4);
  });

  it('drops, duplicates, delays and reorders on demand', async () => {
    await subscribe();

    emulator.notifier.faults = { ...faultless, reorderRate: 1 };
    const ids = deliverForty(ada);
    const reordered = (await told()).map(([, id]) => id);
    receiver.received.length = 0;
    emulator.notifier.faults = { ...faultless, dropRate: 0.3, duplicateRate: 0.3, delayRate: 0.3, delayMs: 20 };
    deliverForty(ada);
    const faulty = (await told()).map(([, id]) => id);

    expect(reordered).not.toEqual(ids);
    expect(new Set(reordered)).toEqual(new Set(ids));
    const { dropped, duplicated, delayed } = emulator.notifier.counts();
    expect(Math.min(dropped, duplicated, delayed)).toBeGreaterThan(0);
    expect(faulty).toHaveLength(40 - dropped + duplicated);
    expect(new Set(faulty).size).toBe(40 - dropped);
  });

  it('can end silently', async () => {
    const { body } = await subscribe();

    emulator.subscriptions.end(String(body['id']));
    ada.does.deliver({ from: 'a@b.example' });

    expect(await told()).toEqual([]);
  });
});

function deliverForty({ does }: Person): string[] {
  return Array.from({ length: 40 }, () => does.deliver({ from: 'a@b.example' }).id);
}

function pathOf({ body }: GraphAnswer): string {
  return `/subscriptions/${String(body['id'])}`;
}

function idIn(resourceData: unknown): unknown {
  return typeof resourceData === 'object' && resourceData !== null && 'id' in resourceData
    ? resourceData.id
    : undefined;
}
