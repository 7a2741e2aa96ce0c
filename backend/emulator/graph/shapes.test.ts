import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import type { Person } from '../people.ts';
import { type CallGraph, type GraphAnswer, graphAs, items } from '../testing/app-client.ts';

/** Names and types of properties that Graph v1.0 was seen to answer with. */
const seen = {
  folder: {
    id: 'string',
    displayName: 'string',
    parentFolderId: 'string',
    childFolderCount: 'number',
    unreadItemCount: 'number',
    totalItemCount: 'number',
    sizeInBytes: 'number',
    isHidden: 'boolean',
  },
  message: {
    '@odata.etag': 'string',
    id: 'string',
    internetMessageId: 'string',
    conversationId: 'string',
    parentFolderId: 'string',
    subject: 'string',
    from: 'object',
    sender: 'object',
    toRecipients: 'array',
    ccRecipients: 'array',
    bccRecipients: 'array',
    receivedDateTime: 'string',
    sentDateTime: 'string',
    lastModifiedDateTime: 'string',
    isRead: 'boolean',
    isDraft: 'boolean',
    hasAttachments: 'boolean',
    importance: 'string',
    flag: 'object',
    categories: 'array',
    changeKey: 'string',
  },
  me: {
    id: 'string',
    businessPhones: 'array',
    displayName: 'string',
    givenName: 'string',
    jobTitle: 'null',
    mail: 'string',
    mobilePhone: 'null',
    officeLocation: 'null',
    preferredLanguage: 'null',
    surname: 'string',
    userPrincipalName: 'string',
  },
} as const;

const adaEmail = 'ada@contoso.example';
const select = Object.keys(seen.message)
  .filter((name) => !name.startsWith('@'))
  .join(',');

describe('answers have the shape of Graph’s', () => {
  let emulator: Emulator;
  let ada: Person;
  let graph: CallGraph;

  beforeEach(async () => {
    emulator = await startEmulator();
    ada = emulator.people.add({ email: adaEmail });
    graph = await graphAs(emulator, adaEmail);
  });
  afterEach(async () => {
    await emulator.close();
  });

  it('folders, in a list and in delta', async () => {
    const listed = items(await graph('/me/mailFolders'));
    const told = await graph('/me/mailFolders/delta');

    for (const folder of listed) expect(typesOf(folder)).toEqual(seen.folder);
    for (const folder of items(told)) {
      expect(typesOf(folder)).toEqual({ '@odata.type': 'string', ...seen.folder });
      expect(folder['@odata.type']).toBe('#microsoft.graph.mailFolder');
    }
    expect(told.body['@odata.context']).toMatch(/\/v1\.0\/\$metadata#Collection\(mailFolder\)$/);
  });

  it('messages, in a list, by id, in delta, and as the answer to a write', async () => {
    const { id } = ada.does.deliver({ from: { name: 'A', address: 'a@b.example' }, subject: 'Hello' });
    const move = { method: 'POST', body: { destinationId: 'archive' } };

    const [listed] = items(await graph(`/me/messages?$select=${select}`));
    const one = await graph(`/me/messages/${id}?$select=${select}`);
    const told = await graph(`/me/mailFolders/inbox/messages/delta?$select=${select}`);
    const patched = await graph(`/me/messages/${id}?$select=${select}`, { method: 'PATCH', body: { isRead: true } });
    const moved = await graph(`/me/messages/${id}/move?$select=${select}`, move);

    for (const message of [listed ?? {}, ...[one, patched, moved].map(entity)]) {
      expect(typesOf(message)).toEqual(seen.message);
    }
    expect(typesOf(items(told)[0] ?? {})).toEqual({ '@odata.type': 'string', ...seen.message });
    expect(told.body['@odata.context']).toMatch(/\/v1\.0\/\$metadata#Collection\(message\)$/);
    expect(listed).toMatchObject({
      from: { emailAddress: { name: 'A', address: 'a@b.example' } },
      flag: { flagStatus: 'notFlagged' },
      receivedDateTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  it('a removal, a round without changes, and the person', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const first = await graph('/me/mailFolders/inbox/messages/delta?$select=subject');
    ada.does.purge(id);
    const later = await graph(String(first.body['@odata.deltaLink']));
    const quiet = await graph(String(later.body['@odata.deltaLink']));

    expect(items(later)).toEqual([
      { '@odata.type': '#microsoft.graph.message', '@removed': { reason: 'deleted' }, id },
    ]);
    expect(typesOf(quiet.body)).toEqual({ '@odata.context': 'string', '@odata.deltaLink': 'string', value: 'array' });
    expect(typesOf(entity(await graph('/me')))).toEqual(seen.me);
  });

  it('errors', async () => {
    const { body } = await graph('/me/mailFolders?$select=wellKnownName');

    expect(body).toEqual({
      error: {
        code: 'BadRequest',
        message:
          "Parsing OData Select and Expand failed: Could not find a property named 'wellKnownName' on type 'microsoft.graph.mailFolder'.",
        innerError: {
          date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
          'request-id': expect.any(String),
          'client-request-id': expect.any(String),
        },
      },
    });
  });
});

function entity({ body: { '@odata.context': _context, ...fields } }: GraphAnswer): Record<string, unknown> {
  return fields;
}

function typesOf(view: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(view).map(([name, value]) => [name, typeOf(value)]));
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
