import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import type { Person } from '../people.ts';
import { control } from '../testing/control-client.ts';
import { type CallGraph, type GraphAnswer, errorCode, graphAs, items } from '../testing/app-client.ts';

const adaEmail = 'ada@contoso.example';
const inboxDelta = '/me/mailFolders/inbox/messages/delta';

const linkOf = ({ body }: GraphAnswer) => String(body['@odata.deltaLink'] ?? body['@odata.nextLink']);
const refusal = (answer: GraphAnswer) => [answer.status, errorCode(answer)];

describe('an awkward Graph', () => {
  let emulator: Emulator;
  let ada: Person;
  let graph: CallGraph;

  beforeEach(async () => {
    emulator = await startEmulator({ seed: 5 });
    ada = emulator.people.add({ email: adaEmail });
    graph = await graphAs(emulator, adaEmail);
  });
  afterEach(async () => {
    await emulator.close();
  });

  const act = (body: unknown) => control(emulator, 'POST', `/people/${adaEmail}/actions`, body);
  const awkward = (rates: unknown) => control(emulator, 'PUT', '/awkward', { rates });

  it('gives an invitation as what it is, and its mail program moves it when it is answered', async () => {
    await act({ do: 'deliver', from: 'boss@contoso.example', type: 'eventMessageRequest' });
    const [listed] = items(await graph('/me/messages?$select=subject'));
    const id = String(listed?.['id']);
    const [told] = items(await graph(`${inboxDelta}?$select=subject`));

    await act({ do: 'answerInvitation', message: id });
    const one = await graph(`/me/messages/${id}?$select=parentFolderId`);

    for (const view of [listed, told, one.body]) {
      expect(view).toMatchObject({ '@odata.type': '#microsoft.graph.eventMessageRequest' });
    }
    expect(one.body['parentFolderId']).toBe(ada.mailbox.folders.get('deleteditems').id);
    expect(emulator.truth.entries().at(-1)).toMatchObject({ actor: 'service', kind: 'delete', item: id });
  });

  it.each(['contact', 'task', 'appointment', 'draft'])('gives a %s as a message without a sender', async (kind) => {
    await act({ do: 'deliver', from: adaEmail, kind, folder: 'deleteditems' });

    const [item] = items(await graph('/me/mailFolders/deleteditems/messages?$select=from,sender,subject'));

    expect(Object.keys(item ?? {})).toEqual(['@odata.etag', 'id', 'subject']);
  });

  it('leaves out, gives null, and has holes in its lists', async () => {
    await act({
      do: 'deliver',
      from: 'a@b.example',
      absent: ['subject', 'internetMessageHeaders'],
      nulls: ['isRead'],
      recipientHoles: true,
    });

    const [item] = items(await graph('/me/messages?$select=subject,isRead,toRecipients,internetMessageHeaders'));

    expect(Object.keys(item ?? {})).toEqual(['@odata.etag', 'id', 'isRead', 'toRecipients']);
    expect(item?.['isRead']).toBeNull();
    expect(item?.['toRecipients']).toEqual(expect.arrayContaining([null, {}, { emailAddress: { name: 'Somebody' } }]));
  });

  it('has an item that cannot be read, and spoils no page', async () => {
    const [bad, good] = [true, false].map((corrupt) => ada.does.deliver({ from: 'a@b.example', corrupt }).id);

    const page = items(await graph(`${inboxDelta}?$select=subject`));
    const one = await graph(`/me/messages/${bad}?$select=subject`);

    expect(page).toEqual([
      { '@odata.type': '#microsoft.graph.message', id: bad },
      expect.objectContaining({ id: good, subject: '(no subject)' }),
    ]);
    expect(refusal(one)).toEqual([500, 'ErrorCorruptData']);
  });

  it('does this to messages at a rate, the same way for the same seed', async () => {
    const rates = { noFrom: 0.3, nullIsRead: 0.3, noSubject: 0.3, invitation: 0.3, corrupt: 0.1 };
    const other = await startEmulator({ seed: 5, awkward: rates });
    const others = other.people.add({ email: adaEmail });
    await awkward(rates);

    const shapes = [ada, others].map(({ does }) =>
      Array.from({ length: 60 }, () => does.deliver({ from: 'a@b.example' }).shape),
    );
    await other.close();

    expect(shapes[0]).toEqual(shapes[1]);
    expect(shapes[0]?.some(({ absent }) => absent.has('from'))).toBe(true);
    expect(shapes[0]?.some(({ nulls }) => nulls.has('isRead'))).toBe(true);
    expect(shapes[0]?.some(({ type }) => type === 'eventMessageRequest')).toBe(true);
    expect(shapes[0]?.some(({ absent }) => absent.size === 0)).toBe(true);
  });

  it('gives pages without items that lead on, and null for an empty list', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    await awkward({ emptyPage: 1, nullPage: 1 });

    for (const path of ['/me/messages?$select=subject', `${inboxDelta}?$select=subject`]) {
      const empty = await graph(path);
      const rest = await graph(linkOf(empty));

      expect(empty.body).toMatchObject({ '@odata.nextLink': expect.any(String) });
      expect([empty.body['value'] ?? []]).toEqual([[]]);
      expect(items(rest)).toMatchObject([{ id }]);
    }
    await awkward({ nullPage: 1 });
    expect((await graph('/me/mailFolders/archive/messages?$select=subject')).body['value']).toBeNull();
    expect((await graph('/me/mailFolders/archive/messages/delta?$select=subject')).body['value']).toBeNull();
  });

  it('gives a well-known folder without its id', async () => {
    await awkward({ folderWithoutId: 1 });

    const { status, body } = await graph('/me/mailFolders/inbox?$select=id,displayName');

    expect([status, body['displayName'], body['id']]).toEqual([200, 'Inbox', undefined]);
  });

  it('tells a read change in part and without an etag, a flag change whole, and nothing that is not selected', async () => {
    const [read, flagged, categorized, both] = [1, 2, 3, 4].map(() => ada.does.deliver({ from: 'a@b.example' }).id);
    const first = await graph(`${inboxDelta}?$select=subject,isRead,flag`);
    ada.does.markRead(read ?? '');
    ada.does.flag(flagged ?? '');
    ada.does.categorize(categorized ?? '', ['Blue']);
    ada.does.flag(both ?? '');
    ada.does.markRead(both ?? '');

    const later = items(await graph(linkOf(first)));

    const parentFolderId = ada.mailbox.folders.get('inbox').id;
    expect(later).toEqual([
      { '@odata.type': '#microsoft.graph.message', id: read, isRead: true, parentFolderId },
      expect.objectContaining({ id: flagged, subject: '(no subject)', '@odata.etag': expect.any(String) }),
      expect.objectContaining({ id: both, isRead: true, flag: { flagStatus: 'flagged' } }),
    ]);
  });

  it('loses no flag change that came before a read change, however many pages lie between', async () => {
    const ids = Array.from({ length: 6 }, () => ada.does.deliver({ from: 'a@b.example' }).id);
    const first = await graph(`${inboxDelta}?$select=isRead,flag`);
    ada.does.flag(ids[0] ?? '');
    for (const id of ids.slice(1)) ada.does.flag(id);
    ada.does.markRead(ids[0] ?? '');

    const pages = [await graph(linkOf(first), { prefer: 'IdType="ImmutableId", odata.maxpagesize=2' })];
    while (pages.at(-1)?.body['@odata.nextLink'] !== undefined) {
      pages.push(
        await graph(String(pages.at(-1)?.body['@odata.nextLink']), {
          prefer: 'IdType="ImmutableId", odata.maxpagesize=2',
        }),
      );
    }

    expect(pages).toHaveLength(3);
    expect(pages.flatMap(items).at(-1)).toMatchObject({ id: ids[0], isRead: true, flag: { flagStatus: 'flagged' } });
  });

  it.each([
    ['syncStateNotFound', 410],
    ['BadRequest', 400],
    ['ErrorInvalidSyncStateData', 400],
    ['ErrorInvalidIdMalformed', 400],
    ['ErrorSyncFolderNotFound', 400],
  ])('lets stored links decay with %s', async (how, status) => {
    const first = await graph(`${inboxDelta}?$select=subject`);

    await control(emulator, 'POST', `/people/${adaEmail}/drop-delta-tokens`, { how });

    expect(refusal(await graph(linkOf(first)))).toEqual([status, how]);
    expect((await graph(linkOf(await graph(`${inboxDelta}?$select=subject`)))).status).toBe(200);
  });

  it('misses a message once that has just come, and gives a moved one another id', async () => {
    await awkward({ lateItem: 1, idChange: 1 });
    const { id } = ada.does.deliver({ from: 'a@b.example' });

    const reads = [await graph(`/me/messages/${id}?$select=id`), await graph(`/me/messages/${id}?$select=id`)];
    const moved = await graph(`/me/messages/${id}/move?$select=id`, {
      method: 'POST',
      body: { destinationId: 'archive' },
    });

    expect(reads.map(({ status }) => status)).toEqual([404, 200]);
    expect(moved.body['id']).not.toBe(id);
    expect((await graph(`/me/messages/${String(moved.body['id'])}?$select=id`)).status).toBe(200);
  });

  it('merges flags, and wants a start with what is due', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const [startDateTime, dueDateTime] = ['2026-03-01', '2026-03-05'].map((day) => ({
      dateTime: `${day}T00:00:00.0000000`,
      timeZone: 'UTC',
    }));
    const patch = (flag: object) =>
      graph(`/me/messages/${id}?$select=flag`, { method: 'PATCH', body: { flag } }).then(({ status, body }) => [
        status,
        body['flag'],
      ]);

    const dueAlone = await patch({ flagStatus: 'flagged', dueDateTime });
    const dated = await patch({ flagStatus: 'flagged', startDateTime, dueDateTime });
    const again = await patch({ flagStatus: 'flagged' });
    const complete = await patch({ flagStatus: 'complete' });
    const none = await patch({ flagStatus: 'notFlagged' });

    expect(dueAlone[0]).toBe(400);
    expect(dated).toEqual([200, { flagStatus: 'flagged', startDateTime, dueDateTime }]);
    expect(again).toEqual(dated);
    expect(complete[1]).toMatchObject({ flagStatus: 'complete', dueDateTime, completedDateTime: { timeZone: 'UTC' } });
    expect(none).toEqual([200, { flagStatus: 'notFlagged' }]);
  });

  it.each([{ subject: 'x' }, { body: {} }, { toRecipients: [] }, { isRead: true, importance: 'low' }])(
    'refuses to change what is sensitive: %j',
    async (body) => {
      const { id } = ada.does.deliver({ from: 'a@b.example' });

      expect(refusal(await graph(`/me/messages/${id}`, { method: 'PATCH', body }))).toEqual([403, 'ErrorAccessDenied']);
      expect(ada.mailbox.get(id).isRead).toBe(false);
    },
  );

  it('dates its answers by its own clock', async () => {
    const skewed = await startEmulator({ clockSkewMs: 600_000 });
    skewed.people.add({ email: adaEmail });
    const call = await graphAs(skewed, adaEmail);

    const aheadMs = Date.parse((await call('/me')).headers.get('date') ?? '') - Date.now();
    await skewed.close();

    expect(aheadMs).toBeGreaterThan(500_000);
    expect(aheadMs).toBeLessThanOrEqual(600_000);
  });

  it('has all of it at ordinary rates, or none', async () => {
    const { body: all } = await awkward(true);
    const { body: none } = await awkward(false);

    expect(Object.values(all ?? {}).every((rate) => Number(rate) > 0)).toBe(true);
    expect(new Set(Object.values(none ?? {}))).toEqual(new Set([0]));
    expect((await awkward({ noSuchKind: 1 })).status).toBe(400);
  });
});
