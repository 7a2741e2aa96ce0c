import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import { contentCanary } from '../../../emulator/graph/message-view.ts';
import type { Person } from '../../../emulator/people.ts';
import { redeem, signIn } from '../../../emulator/testing/app-client.ts';
import { startReceiver } from '../../../emulator/testing/receiver.ts';
import { sendBatch } from '../../../src/graph/batch.ts';
import { createGraphClient, type GraphClient } from '../../../src/graph/client.ts';
import type { DeltaItem } from '../../../src/graph/delta.ts';
import { ItemNotFoundError, MailboxNotEnabledError, ResyncRequiredError } from '../../../src/graph/errors.ts';
import { createFolder, foldersDelta, getFolder, listFolders, wellKnownFolders } from '../../../src/graph/folders.ts';
import { createMailboxLimiters } from '../../../src/graph/limiter.ts';
import { listInboxRules } from '../../../src/graph/message-rules.ts';
import { getMessage, messagesDelta, moveMessage, patchMessage } from '../../../src/graph/messages.ts';
import { items, type Page, pages } from '../../../src/graph/paging.ts';
import type { GraphRequest } from '../../../src/graph/request.ts';
import { messageFields } from '../../../src/graph/select.ts';
import {
  createSubscription,
  deleteSubscription,
  listSubscriptions,
  renewSubscription,
} from '../../../src/graph/subscriptions.ts';
import { hourMs } from '../../../src/lib/durations.ts';
import { getMe } from '../../harness/graph-requests.ts';
import { skippingTime } from '../../harness/skipping-time.ts';

const ada = 'ada@contoso.example';
const options = { signal: new AbortController().signal };

function idOf(entry: DeltaItem<{ readonly id: string }>): string {
  return entry.removed ? entry.id : entry.item.id;
}

async function connect(emulator: Emulator, email: string): Promise<GraphClient> {
  let { accessToken, refreshToken } = await signIn(emulator, email);
  return createGraphClient({
    baseUrl: emulator.graphUrl,
    limiter: createMailboxLimiters(skippingTime()).of(email),
    getToken: async ({ forceRefresh }) => {
      if (!forceRefresh) return accessToken;
      const { body } = await redeem(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken });
      accessToken = String(body['access_token']);
      refreshToken = String(body['refresh_token']);
      return accessToken;
    },
  });
}

describe('the client and a Microsoft 365', () => {
  let emulator: Emulator;
  let person: Person;
  let client: GraphClient;

  beforeEach(async () => {
    emulator = await startEmulator({ seed: 3 });
    person = emulator.people.add({ email: ada, name: 'Ada', folders: ['Receipts'] });
    client = await connect(emulator, ada);
  });
  afterEach(async () => {
    await emulator.close();
  });

  async function all<T>(request: GraphRequest<Page<T>>): Promise<T[]> {
    const found: T[] = [];
    for await (const item of items(client, request, options)) found.push(item);
    return found;
  }

  it('know whose token it is, and that an account may have no mailbox', async () => {
    emulator.people.add({ email: 'guest@contoso.example', hasMailbox: false });
    const guest = await connect(emulator, 'guest@contoso.example');

    expect(await client.send(getMe(), options)).toMatchObject({ id: person.oid, userPrincipalName: ada, mail: ada });
    await expect(guest.send(getFolder('inbox'), options)).rejects.toThrow(MailboxNotEnabledError);
  });

  it('find folders by name in batches, list them, and make new ones', async () => {
    const wellKnown = await sendBatch(client, wellKnownFolders.map(getFolder), options);
    const made = await client.send(createFolder('Staging'), options);

    expect(wellKnown.map(({ ok }) => ok)).toEqual(wellKnownFolders.map(() => true));
    expect(await all(listFolders())).toEqual(expect.arrayContaining([made]));
    expect(await all(foldersDelta())).toEqual(
      expect.arrayContaining([{ removed: false, item: expect.objectContaining({ displayName: 'Staging' }) }]),
    );
    await expect(client.send(createFolder('Staging'), options)).rejects.toMatchObject({ status: 409 });
  });

  it('read, change and move a message that keeps its id', async () => {
    const { id } = person.does.deliver({ from: 'news@letters.example', subject: 'Hello' });
    const archive = await client.send(getFolder('archive'), options);

    await client.send(
      patchMessage(id, { isRead: true, flag: { flagStatus: 'flagged' }, categories: ['Red'] }),
      options,
    );
    const moved = await client.send(moveMessage(id, 'archive'), options);

    expect(moved).toEqual({ id, parentFolderId: archive.id });
    expect(await client.send(getMessage(id), options)).toMatchObject({
      id,
      parentFolderId: archive.id,
      subject: 'Hello',
      from: { emailAddress: { address: 'news@letters.example' } },
      receivedDateTime: expect.any(Date),
      isRead: true,
      flag: { flagStatus: 'flagged' },
      categories: ['Red'],
    });
    person.does.purge(id);
    await expect(client.send(getMessage(id), options)).rejects.toThrow(ItemNotFoundError);
  });

  it('go through a folder page by page, and then only through what changed', async () => {
    const delivered = Array.from({ length: 7 }, () => person.does.deliver({ from: 'news@letters.example' }).id);
    const first: Page<unknown>[] = [];
    for await (const page of pages(client, messagesDelta('inbox', { pageSize: 3 }), options)) first.push(page);
    const link = first.at(-1)?.deltaLink ?? '';
    const [readOne = '', movedOne = ''] = delivered;
    person.does.markRead(readOne);
    person.does.move(movedOne, 'archive');

    const changes = await all(messagesDelta('inbox', { pageSize: 3, link }));

    expect(first.map((page) => page.items.length)).toEqual([3, 3, 1]);
    expect(changes).toHaveLength(2);
    expect(changes).toContainEqual({ removed: false, item: expect.objectContaining({ id: readOne, isRead: true }) });
    expect(changes).toContainEqual({ removed: true, id: movedOne });
    expect((await all(messagesDelta('inbox', { pageSize: 4 }))).map(idOf).toSorted()).toEqual(
      delivered.filter((id) => id !== movedOne).toSorted(),
    );
    emulator.delta.tokenLifetimeMs = 0;
    emulator.clock.advance(1_000);
    await expect(all(messagesDelta('inbox', { pageSize: 3, link }))).rejects.toThrow(ResyncRequiredError);
  });

  it('subscribe, renew and end a subscription', async () => {
    const receiver = await startReceiver();
    const expiresAt = new Date(Date.now() + hourMs);
    const wanted = {
      resource: '/me/messages',
      changeType: 'created,updated,deleted',
      clientState: 'secret',
      expiresAt,
    };
    const urls = { notificationUrl: receiver.url, lifecycleNotificationUrl: receiver.url };

    const { id } = await client.send(createSubscription({ ...wanted, ...urls }), options);
    const later = new Date(Date.now() + 7_200_000);
    const renewed = await client.send(renewSubscription(id, later), options);

    expect(renewed).toMatchObject({ id, expirationDateTime: later });
    expect(await all(listSubscriptions())).toEqual([renewed]);
    await deleteSubscription(client, id, options);
    await deleteSubscription(client, id, options);
    expect(await all(listSubscriptions())).toEqual([]);
    await receiver.close();
  });

  it('show the rules that the owner set in Outlook', async () => {
    person.does.addRule({
      displayName: 'Receipts',
      conditions: { senderContains: ['shop'] },
      actions: { delete: true },
    });

    expect(await all(listInboxRules())).toMatchObject([
      { displayName: 'Receipts', isEnabled: true, conditions: { senderContains: ['shop'] }, actions: { delete: true } },
    ]);
  });

  it('get along with an expired token and every kind of fault', async () => {
    const ids = Array.from({ length: 20 }, () => person.does.deliver({ from: 'news@letters.example' }).id);
    emulator.grants.expireAccessTokens(person);
    for (const kind of [429, 503, 'reset', 500, 504] as const) emulator.faults.add({ kind, times: 1, target: 'graph' });

    const read = await Promise.all(ids.map((id) => client.send(getMessage(id), options)));

    expect(read.map(({ id }) => id)).toEqual(ids);
  });

  it('never exceed what Outlook allows at a time, batches included', async () => {
    const ids = Array.from({ length: 30 }, () => person.does.deliver({ from: 'news@letters.example' }).id);
    emulator.faults.add({ kind: 'slow', delayMs: 5, target: 'graph' });

    await Promise.all([
      sendBatch(client, ids.map(getMessage), options),
      ...ids.map((id) => client.send(getMessage(id), options)),
      sendBatch(client, ids.map(getMessage), options),
    ]);

    expect(emulator.throttle.report(ada)).toEqual({ peak: 4, total: 90, throttled: 0 });
  });

  it('exchange metadata only, writes included', async () => {
    const { id } = person.does.deliver({ from: 'news@letters.example' });

    const answers = [
      await client.send(getMessage(id), options),
      await client.send(patchMessage(id, { isRead: true }), options),
      await client.send(moveMessage(id, 'archive'), options),
      await all(messagesDelta('archive', { pageSize: 10 })),
    ];

    const { properties, refused, violations, echoed } = emulator.privacy.report();
    expect(Object.keys(properties).toSorted()).toEqual(messageFields.toSorted());
    expect({ refused, violations, echoed }).toEqual({ refused: [], violations: [], echoed: {} });
    expect(JSON.stringify(answers)).not.toContain(contentCanary);
  });
});
