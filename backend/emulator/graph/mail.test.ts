import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import type { Person } from '../people.ts';
import { type CallGraph, errorCode, graphAs, items } from '../testing/app-client.ts';
import { contentCanary } from './message-view.ts';

const adaEmail = 'ada@contoso.example';
const mutable = 'odata.maxpagesize=50';

describe('mail in Graph', () => {
  let emulator: Emulator;
  let ada: Person;
  let graph: CallGraph;

  beforeEach(async () => {
    emulator = await startEmulator();
    ada = emulator.people.add({ email: adaEmail, folders: ['Receipts'] });
    graph = await graphAs(emulator, adaEmail);
  });
  afterEach(async () => {
    await emulator.close();
  });

  it('says who the person is', async () => {
    const me = await graph('/me?$select=id,mail,userPrincipalName');

    expect(me.body).toMatchObject({ id: ada.oid, mail: adaEmail, userPrincipalName: adaEmail });
    expect(me.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('lists the folders, their children, and makes new ones', async () => {
    const top = await graph('/me/mailFolders?$top=50');
    const made = await graph('/me/mailFolders', { method: 'POST', body: { displayName: 'Staged' } });
    const child = await graph('/me/mailFolders/inbox/childFolders', { method: 'POST', body: { displayName: 'Sub' } });
    const twin = await graph('/me/mailFolders', { method: 'POST', body: { displayName: 'staged' } });

    expect(items(top).map(({ displayName }) => displayName)).toEqual(
      expect.arrayContaining(['Inbox', 'Archive', 'Receipts']),
    );
    expect(made).toMatchObject({ status: 201, body: { displayName: 'Staged', totalItemCount: 0 } });
    expect(items(await graph('/me/mailFolders/inbox/childFolders'))).toMatchObject([{ id: child.body['id'] }]);
    expect((await graph("/me/mailFolders('inbox')")).body).toMatchObject({ childFolderCount: 1 });
    expect([twin.status, errorCode(twin)]).toEqual([409, 'ErrorFolderExists']);
    expect(items(await graph("/me/mailFolders?$filter=displayName eq 'Staged'&$select=displayName"))).toEqual([
      { id: made.body['id'], displayName: 'Staged' },
    ]);
  });

  it('gives a message as Graph writes it', async () => {
    const { id } = ada.does.deliver({
      from: { name: 'News', address: 'news@letters.example' },
      subject: 'Hello',
      receivedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
      headers: { 'List-Unsubscribe': '<https://letters.example/off>' },
    });

    const { body } = await graph(
      `/me/messages/${id}?$select=subject,from,receivedDateTime,isRead,flag,categories,internetMessageHeaders`,
    );

    expect(body).toEqual({
      '@odata.context': expect.stringContaining('/v1.0/$metadata#users'),
      '@odata.etag': expect.stringMatching(/^W\/".+"$/),
      id,
      subject: 'Hello',
      from: { emailAddress: { name: 'News', address: 'news@letters.example' } },
      receivedDateTime: '2026-01-02T03:04:05Z',
      isRead: false,
      flag: { flagStatus: 'notFlagged' },
      categories: [],
      internetMessageHeaders: [{ name: 'List-Unsubscribe', value: '<https://letters.example/off>' }],
    });
  });

  it('pages through a list, newest first, and filters by time received', async () => {
    const start = Date.UTC(2026, 0, 1);
    for (let day = 0; day < 7; day += 1) {
      ada.does.deliver({ from: 'a@b.example', subject: `day ${day}`, receivedAtMs: start + day * 86_400_000 });
    }
    const query = `$select=subject&$top=3&$orderby=receivedDateTime desc&$filter=receivedDateTime ge 2026-01-03T00:00:00Z`;

    const first = await graph(`/me/messages?${query}`);
    const second = await graph(String(first.body['@odata.nextLink']));

    expect(items(first).map(({ subject }) => subject)).toEqual(['day 6', 'day 5', 'day 4']);
    expect(items(second).map(({ subject }) => subject)).toEqual(['day 3', 'day 2']);
    expect(second.body).not.toHaveProperty('@odata.nextLink');
  });

  it('changes the mutable id with a move, and keeps the immutable one', async () => {
    const message = ada.does.deliver({ from: 'a@b.example' });
    const before = await graph(`/me/messages/${message.id}?$select=subject`, { prefer: mutable });

    const moved = await graph(`/me/messages/${message.id}/move?$select=id`, {
      method: 'POST',
      body: { destinationId: 'archive' },
    });
    const after = await graph(`/me/messages/${message.id}?$select=parentFolderId`, { prefer: mutable });
    const gone = await graph(`/me/messages/${String(before.body['id'])}?$select=subject`);

    expect(moved).toMatchObject({ status: 201, body: { id: message.id } });
    expect(after.body['id']).not.toBe(before.body['id']);
    expect(after.body['parentFolderId']).toBe(ada.mailbox.folders.get('archive').id);
    expect([gone.status, errorCode(gone)]).toEqual([404, 'ErrorItemNotFound']);
  });

  it('marks, flags and categorizes, and writes it all into the truth ledger', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const body = { isRead: true, flag: { flagStatus: 'flagged' }, categories: ['Red category'] };

    const patched = await graph(`/me/messages/${id}?$select=isRead,flag,categories`, { method: 'PATCH', body });
    ada.does.markRead(id, false);

    expect(patched).toMatchObject({ status: 200, body });
    expect(emulator.truth.entries().map(({ actor, kind, to }) => [actor, kind, to])).toEqual([
      ['person', 'folder-create', 'Receipts'],
      ['person', 'deliver', ada.mailbox.folders.get('inbox').id],
      ['app', 'read', true],
      ['app', 'flag', 'flagged'],
      ['app', 'categorize', ['Red category']],
      ['person', 'read', false],
    ]);
  });

  it('refuses a change that rests on an older version', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const read = await graph(`/me/messages/${id}?$select=isRead`);
    ada.does.flag(id);

    const patched = await graph(`/me/messages/${id}`, {
      method: 'PATCH',
      body: { isRead: true },
      headers: { 'if-match': String(read.body['@odata.etag']) },
    });

    expect(patched.status).toBe(412);
  });

  it('answers 403 when the token lacks the scope', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const basic = await graphAs(emulator, adaEmail, 'openid offline_access User.Read Mail.ReadBasic');

    const read = await basic(`/me/messages/${id}?$select=subject`);
    const move = await basic(`/me/messages/${id}/move`, { method: 'POST', body: { destinationId: 'archive' } });

    expect(read.status).toBe(200);
    expect([move.status, errorCode(move)]).toEqual([403, 'ErrorAccessDenied']);
    expect(emulator.privacy.report().scopes).toEqual({ 'Mail.ReadBasic': 1 });
  });

  it.each([
    'messages/ID?$select=body',
    'messages/ID?$select=subject,bodyPreview',
    'messages/ID?$select=id&$expand=singleValueExtendedProperties($filter=id eq 1)',
    'messages?$select=uniqueBody',
    'messages/ID/attachments',
    'messages/ID/$value',
    'mailFolders/inbox/messages/delta?$select=body',
  ])('gives %s to nobody with Mail.ReadBasic alone', async (path) => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const basic = await graphAs(emulator, adaEmail, 'openid offline_access User.Read Mail.ReadBasic');

    const reply = await basic(`/me/${path.replace('ID', id)}`);

    expect([reply.status, errorCode(reply)]).toEqual([403, 'ErrorAccessDenied']);
  });

  it.each([
    ['PATCH', 'messages/ID', { isRead: true }],
    ['POST', 'messages/ID/move', { destinationId: 'archive' }],
    ['POST', 'messages', { subject: 'Draft' }],
    ['POST', 'mailFolders', { displayName: 'MSEDB Staging' }],
    ['POST', 'mailFolders/inbox/move', { destinationId: 'archive' }],
  ])('lets Mail.ReadBasic alone not %s %s', async (method, path, body) => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const basic = await graphAs(emulator, adaEmail, 'openid offline_access User.Read Mail.ReadBasic');

    const reply = await basic(`/me/${path.replace('ID', id)}`, { method, body });

    expect([reply.status, errorCode(reply)]).toEqual([403, 'ErrorAccessDenied']);
  });

  it('answers 401 when the token has expired, is another audience’s, or nobody’s', async () => {
    const other = await graphAs(emulator, adaEmail, 'https://vault.example/All.Read');
    const nobody = await graphAs(emulator, adaEmail);
    emulator.grants.expireAccessTokens(ada);

    for (const call of [graph, nobody, other]) {
      const reply = await call('/me');
      expect([reply.status, errorCode(reply)]).toEqual([401, 'InvalidAuthenticationToken']);
    }
  });

  it('tells of an account without a mailbox', async () => {
    emulator.people.add({ email: 'room@contoso.example', hasMailbox: false });
    const room = await graphAs(emulator, 'room@contoso.example');

    const reply = await room('/me/mailFolders');

    expect([reply.status, errorCode(reply)]).toEqual([404, 'MailboxNotEnabledForRESTAPI']);
  });

  it.each([
    ['', 'no $select'],
    ['?$select=subject,body', 'asks for body'],
    ['?$select=bodyPreview', 'asks for bodyPreview'],
    ['?$select=subject&$expand=attachments($select=name)', 'asks for attachments'],
    ['?$select=uniqueBody', 'asks for uniqueBody'],
  ])('refuses and records a read of a message with %j', async (query, reason) => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const inbox = '/me/mailFolders/inbox/messages';
    const batch = { requests: [{ id: '1', method: 'GET', url: `/me/messages/${id}${query}` }] };

    const replies = [
      await graph(`/me/messages/${id}${query}`),
      await graph(`${inbox}${query}`),
      await graph(`${inbox}/delta${query}`),
    ];
    const batched = await graph('/$batch', { method: 'POST', body: batch });

    expect(replies.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(batched.body).toMatchObject({ responses: [{ id: '1', status: 400 }] });
    expect(emulator.privacy.report().refused.map((breach) => breach.reason)).toEqual([reason, reason, reason, reason]);
    expect(JSON.stringify(replies)).not.toContain(contentCanary);
  });

  it('lets no app delete mail for good, and records the attempt', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });

    const deleted = await graph(`/me/messages/${id}`, { method: 'DELETE' });
    const purged = await graph(`/me/messages/${id}/permanentDelete`, { method: 'POST' });

    expect([deleted.status, purged.status]).toEqual([405, 405]);
    expect(emulator.privacy.report().violations).toHaveLength(2);
    expect(ada.mailbox.find(id)).toBeDefined();
  });

  it('shows what a write without $select brings back, and counts it apart from reads', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });

    const patched = await graph(`/me/messages/${id}`, { method: 'PATCH', body: { isRead: true } });

    expect(JSON.stringify(patched.body)).toContain(contentCanary);
    expect(emulator.privacy.report()).toMatchObject({ properties: {}, echoed: { body: 1, subject: 1 } });
  });

  it('lists the inbox rules that the person has', async () => {
    ada.does.addRule({ displayName: 'Letters', conditions: { senderContains: ['letters'] } });

    const rules = await graph('/me/mailFolders/inbox/messageRules');

    expect(items(rules)).toMatchObject([{ displayName: 'Letters', sequence: 1, isEnabled: true }]);
  });
});
