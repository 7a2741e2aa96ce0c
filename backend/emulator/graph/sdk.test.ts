import {
  BatchRequestContent,
  BatchResponseContent,
  GraphError,
  type PageCollection,
  PageIterator,
} from '@microsoft/microsoft-graph-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import type { Person } from '../people.ts';
import { type SdkClient, sdkAs } from '../testing/sdk-client.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';

const ada = 'ada@contoso.example';
const immutable = 'IdType="ImmutableId"';
type Item = Readonly<Record<string, unknown>>;

const idsOf = (items: readonly Item[]) => items.map((item) => String(item['id'])).toSorted();
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const part = (name: string, path: string) => ({
  id: name,
  // the SDK takes the host away, and leaves the rest as it is
  request: new Request(`https://graph.microsoft.com${path}`, { headers: { Prefer: immutable } }),
});

describe('the official SDK of Graph, with the emulator as Graph', () => {
  let emulator: Emulator;
  let person: Person;
  let sdk: SdkClient;
  beforeEach(async () => {
    emulator = await startEmulator({ seed: 3 });
    person = emulator.people.add({ email: ada, name: 'Ada', folders: ['Receipts'] });
    sdk = await sdkAs(emulator, ada);
  });
  afterEach(async () => {
    await emulator.close();
  });

  const api = (path: string) => sdk.client.api(path).header('Prefer', immutable);
  const deliver = (count: number) =>
    Array.from(
      { length: count },
      (_, index) => person.does.deliver({ from: 'x@y.example', subject: `Mail ${index}` }).id,
    );

  async function iterate(first: PageCollection): Promise<{ items: Item[]; deltaLink: string | undefined }> {
    const items: Item[] = [];
    const iterator = new PageIterator(
      sdk.client,
      first,
      (item: Item) => {
        items.push(item);
        return true;
      },
      { headers: { Prefer: immutable } },
    );
    await iterator.iterate();
    return { items, deltaLink: iterator.getDeltaLink() };
  }

  it('reads the profile', async () => {
    expect(await api('/me').select(['id', 'mail', 'userPrincipalName']).get()).toMatchObject({
      id: person.oid,
      mail: ada,
      userPrincipalName: ada,
    });
  });

  it('lists messages with a filter, an order and a count, page by page', async () => {
    const delivered = deliver(7);

    const first = await api('/me/mailFolders/inbox/messages')
      .select('id,subject')
      .filter("from/emailAddress/address eq 'x@y.example'")
      .orderby('receivedDateTime desc')
      .count(true)
      .top(3)
      .get();
    const { items } = await iterate(first);

    expect(first['@odata.count']).toBe(7);
    expect(idsOf(items)).toEqual(delivered.toSorted());
  });

  it('reads, changes and moves a message', async () => {
    const [id = ''] = deliver(1);
    const archive = await api('/me/mailFolders/archive').get();

    const patched = await api(`/me/messages/${id}`)
      .select('isRead,categories,flag')
      .patch({ isRead: true, categories: ['Red'], flag: { flagStatus: 'flagged' } });
    const moved = await api(`/me/messages/${id}/move`).select('id,parentFolderId').post({ destinationId: 'archive' });
    const read = await api(`/me/messages/${id}`).select('subject,parentFolderId').get();

    expect(patched).toMatchObject({ isRead: true, categories: ['Red'], flag: { flagStatus: 'flagged' } });
    expect(moved).toMatchObject({ id, parentFolderId: archive.id });
    expect(read).toMatchObject({ subject: 'Mail 0', parentFolderId: archive.id });
  });

  it('follows delta of messages from the first round to the next', async () => {
    const [read = '', gone = ''] = deliver(5);
    const first = await iterate(
      await sdk.client
        .api('/me/mailFolders/inbox/messages/delta')
        .select('id,isRead')
        .header('Prefer', `${immutable}, odata.maxpagesize=2`)
        .get(),
    );
    person.does.markRead(read);
    person.does.move(gone, 'archive');

    const { items } = await iterate(await api(first.deltaLink ?? '').get());

    expect(first.items).toHaveLength(5);
    expect(items).toContainEqual(expect.objectContaining({ id: read, isRead: true }));
    expect(items).toContainEqual(expect.objectContaining({ id: gone, '@removed': { reason: 'deleted' } }));
    expect(items).toHaveLength(2);
  });

  it('lists, reads, makes and follows folders', async () => {
    const first = await iterate(await api('/me/mailFolders/delta').get());
    const made = await api('/me/mailFolders').post({ displayName: 'Later' });
    const child = await api(`/me/mailFolders/${made.id}/childFolders`).post({ displayName: 'Much later' });

    const listed = await iterate(await api('/me/mailFolders').top(2).get());
    const children = await api(`/me/mailFolders/${made.id}/childFolders`).get();
    const changed = await iterate(await api(first.deltaLink ?? '').get());

    expect(listed.items.map((item) => item['displayName'])).toEqual(expect.arrayContaining(['Receipts', 'Later']));
    expect(children.value).toEqual([expect.objectContaining({ id: child.id })]);
    expect(idsOf(changed.items)).toEqual(idsOf([made, child]));
  });

  it('makes a draft and deletes it', async () => {
    const draft = await api('/me/messages').post({ subject: 'A draft' });

    await api(`/me/messages/${draft.id}`).delete();

    expect(await api(`/me/messages/${draft.id}`).select('parentFolderId').get()).toMatchObject({
      parentFolderId: person.mailbox.folders.deletions.id,
    });
  });

  it('lists the inbox rules', async () => {
    person.does.addRule({ displayName: 'Letters' });

    expect((await api('/me/mailFolders/inbox/messageRules').get()).value).toEqual([
      expect.objectContaining({ displayName: 'Letters', isEnabled: true }),
    ]);
  });

  it('subscribes, renews, lists, reauthorizes and unsubscribes', async () => {
    const receiver: Receiver = await startReceiver();
    const urls = { notificationUrl: receiver.url, lifecycleNotificationUrl: receiver.url };
    const wanted = { ...urls, resource: '/me/messages', changeType: 'created,updated,deleted', clientState: 'secret' };

    const made = await api('/subscriptions').post({ ...wanted, expirationDateTime: inHours(1) });
    const renewed = await api(`/subscriptions/${made.id}`).patch({ expirationDateTime: inHours(2) });
    await api(`/subscriptions/${made.id}/reauthorize`).post({});
    const [id = ''] = deliver(1);
    await emulator.notifier.settled();
    const listed = await api('/subscriptions').get();
    await api(`/subscriptions/${made.id}`).delete();
    await receiver.close();

    expect(Date.parse(renewed.expirationDateTime)).toBeGreaterThan(Date.parse(made.expirationDateTime));
    expect(listed.value).toEqual([expect.objectContaining({ id: made.id })]);
    expect(receiver.received).toEqual([expect.objectContaining({ changeType: 'created', clientState: 'secret' })]);
    expect(receiver.received[0]?.['resourceData']).toMatchObject({ id });
    await expect(api(`/subscriptions/${made.id}`).get()).rejects.toMatchObject({ statusCode: 404 });
  });

  it('runs a batch whose parts are judged one by one', async () => {
    const [id = ''] = deliver(1);
    const content = new BatchRequestContent([
      part('1', `/me/messages/${id}?$select=subject`),
      part('2', '/me/messages/no-id?$select=subject'),
    ]);

    const answer = new BatchResponseContent(await api('/$batch').post(await content.getContent()));

    expect(await answer.getResponseById('1').json()).toMatchObject({ id, subject: 'Mail 0' });
    expect(answer.getResponseById('2').status).toBe(400);
  });

  it('retries by itself what is throttled, and reads a refusal as an error of Graph', async () => {
    emulator.faults.add({ kind: 429, target: 'graph', times: 2, retryAfterSeconds: 1 });
    const before = sdk.sent();

    const inbox = await api('/me/mailFolders/inbox').get();
    const failure: unknown = await api('/me/messages/no-id')
      .select('id')
      .get()
      .catch((error: unknown) => error);

    expect(inbox.displayName).toBe('Inbox');
    expect(sdk.sent() - before).toBe(4);
    expect(failure).toBeInstanceOf(GraphError);
    expect(failure).toMatchObject({ statusCode: 400, code: 'ErrorInvalidIdMalformed', requestId: expect.any(String) });
  });
});
