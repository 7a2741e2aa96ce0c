import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import type { Person } from '../people.ts';
import { control } from '../testing/control-client.ts';
import { type CallGraph, type GraphAnswer, errorCode, graphAs } from '../testing/app-client.ts';

const adaEmail = 'ada@contoso.example';
const inboxDelta = '/me/mailFolders/inbox/messages/delta';

const linkOf = ({ body }: GraphAnswer) => String(body['@odata.deltaLink'] ?? body['@odata.nextLink']);
const refusal = (answer: GraphAnswer) => [answer.status, errorCode(answer)];

describe('an awkward Graph that refuses and fails', () => {
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

  const awkward = (rates: unknown) => control(emulator, 'PUT', '/awkward', { rates });
  const fault = (body: object) => control(emulator, 'POST', '/faults/requests', { times: 1, ...body });

  it('refuses a link that decays at a rate, a malformed one, and one that is followed for other ids', async () => {
    const link = linkOf(await graph(`${inboxDelta}?$select=subject`));

    const malformed = await graph(`${inboxDelta}?$deltatoken=nonsense`);
    const other = await graph(link, { prefer: 'odata.maxpagesize=5' });
    await awkward({ decayedLink: 1 });
    const decayed = await graph(link);

    expect(malformed.body).toMatchObject({ error: { code: 'BadRequest', message: 'Badly formed token.' } });
    expect(refusal(other)).toEqual([400, 'SyncStateInvalid']);
    expect([400, 410]).toContain(decayed.status);
  });

  it('refuses ids that cannot be, and delta of the whole mailbox', async () => {
    const move = { method: 'POST', body: { destinationId: 'no such folder' } };
    const { id } = ada.does.deliver({ from: 'a@b.example' });

    const malformed = [
      await graph('/me/messages/nonsense?$select=id'),
      await graph('/me/mailFolders/nonsense'),
      await graph(`/me/messages/${id}/move`, move),
    ];
    const unknown = await graph(`/me/messages/${id.replace(/.{6}$/, 'zzzzA=')}?$select=id`);

    expect(malformed.map(refusal)).toEqual(malformed.map(() => [400, 'ErrorInvalidIdMalformed']));
    expect(refusal(unknown)).toEqual([404, 'ErrorItemNotFound']);
    expect((await graph('/me/messages/delta?$select=id')).status).toBe(400);
  });

  it('fails for a while with a code, or without a word', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const read = () => graph(`/me/messages/${id}?$select=id`);

    await fault({ kind: 'error', status: 404, code: 'ResourceNotFound' });
    const passing = refusal(await read());
    await fault({ kind: 'empty', status: 404 });
    await fault({ kind: 'empty', status: 503 });
    const silent = [await read(), await read()];

    expect(passing).toEqual([404, 'ResourceNotFound']);
    expect(silent.map(({ status, body }) => [status, body])).toEqual([
      [404, {}],
      [503, {}],
    ]);
    expect((await read()).status).toBe(200);
  });

  it('fails so at rates, too', async () => {
    const { id } = ada.does.deliver({ from: 'a@b.example' });
    const patch = () => graph(`/me/messages/${id}?$select=id`, { method: 'PATCH', body: { isRead: true } });

    await awkward({ passingNotFound: 1 });
    const passing = await patch();
    await awkward({ conflict: 1 });
    const conflict = await patch();
    await awkward({ staleWrite: 1 });
    const stale = await patch();

    expect([passing, conflict, stale].map(refusal)).toEqual([
      [404, 'ResourceNotFound'],
      [409, 'ErrorIrresolvableConflict'],
      [412, 'ErrorIrresolvableConflict'],
    ]);
    expect(ada.mailbox.get(id).isRead).toBe(false);
  });
});
