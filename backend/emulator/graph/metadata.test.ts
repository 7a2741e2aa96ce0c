import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import type { Person } from '../people.ts';
import { type CallGraph, graphAs, items } from '../testing/app-client.ts';
import { graphMetadata, metadataFaults } from '../testing/graph-metadata.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';

const ada = 'ada@contoso.example';
const content = new Set(['body', 'bodyPreview', 'uniqueBody']);
const select = Object.keys(graphMetadata['message'] ?? {})
  .filter((name) => !content.has(name))
  .join(',');

describe('the answers of the emulator, by the metadata of Graph', () => {
  let emulator: Emulator;
  let receiver: Receiver;
  let person: Person;
  let call: CallGraph;
  beforeAll(async () => {
    emulator = await startEmulator({ seed: 4 });
    receiver = await startReceiver();
    person = emulator.people.add({ email: ada, name: 'Ada', usualFolders: true, searchFolder: true });
    call = await graphAs(emulator, ada);
    person.does.deliver({
      from: 'x@y.example',
      headers: { 'List-Id': '<y.example>' },
      cc: [{ name: 'B', address: 'b@y.example' }],
    });
    person.does.deliver({ from: 'x@y.example', nulls: ['isRead', 'subject'], absent: ['from'] });
    person.does.deliver({ from: 'x@y.example', kind: 'task' });
    person.does.addRule({ displayName: 'Letters', conditions: { senderContains: ['y'] } });
  });
  afterAll(async () => {
    await receiver.close();
    await emulator.close();
  });

  it.each([
    ['message', `/me/messages?$select=${select}`],
    ['message', `/me/mailFolders/inbox/messages/delta?$select=${select}`],
    ['messageRule', '/me/mailFolders/inbox/messageRules'],
    ['mailSearchFolder', '/me/mailFolders?$top=100'],
    ['mailSearchFolder', '/me/mailFolders/delta'],
    ['mailFolder', '/me/mailFolders/syncissues/childFolders'],
  ])('give of a %s nothing that it does not have: %s', async (type, path) => {
    const given = items(await call(path));

    expect(given.length).toBeGreaterThan(0);
    expect(given.flatMap((item) => metadataFaults(type, item))).toEqual([]);
  });

  it('give of an invitation nothing that an eventMessage does not have', async () => {
    const { id } = person.does.deliver({ from: 'x@y.example', type: 'eventMessageRequest' });

    const { body } = await call(`/me/messages/${id}?$select=${select}`);

    expect(body['@odata.type']).toBe('#microsoft.graph.eventMessageRequest');
    expect(metadataFaults('eventMessage', body)).toEqual([]);
  });

  it('give of a written message, whole, nothing that it does not have', async () => {
    const { id } = person.does.deliver({ from: 'x@y.example' });
    const start = { dateTime: '2030-01-01T00:00:00', timeZone: 'UTC' };
    const flag = { flagStatus: 'flagged', startDateTime: start, dueDateTime: start };

    const { body } = await call(`/me/messages/${id}`, { method: 'PATCH', body: { flag } });

    expect(body['flag']).toMatchObject({ dueDateTime: start });
    expect(metadataFaults('message', body)).toEqual([]);
  });

  it('give of an account, a subscription and its notifications nothing that they do not have', async () => {
    const expirationDateTime = new Date(Date.now() + 3_600_000).toISOString();
    const wanted = { resource: '/me/messages', changeType: 'created,updated', notificationUrl: receiver.url };
    const body = { ...wanted, expirationDateTime };

    const made = await call('/subscriptions', { method: 'POST', body });
    person.does.markRead(person.does.deliver({ from: 'x@y.example' }).id);
    await emulator.notifier.settled();

    expect(made.status).toBe(201);
    expect(metadataFaults('subscription', made.body)).toEqual([]);
    expect(metadataFaults('user', (await call('/me')).body)).toEqual([]);
    expect(receiver.received.length).toBeGreaterThan(1);
    expect(receiver.received.flatMap((one) => metadataFaults('changeNotification', one))).toEqual([]);
  });

  it('would be found wanting with a property more, another type, or null where there is none', () => {
    expect(
      metadataFaults('message', { id: null, isRead: 'yes', wellKnownName: 'inbox', importance: 'urgent' }),
    ).toEqual([
      'message.id: null',
      'message.isRead: no Boolean',
      'message.wellKnownName: unknown',
      'message.importance: not one of low|normal|high',
    ]);
    expect(metadataFaults('message', { categories: 'Red', from: { emailAddress: { name: 1 } } })).toEqual([
      'message.categories: no list',
      'emailAddress.name: no String',
    ]);
  });
});
