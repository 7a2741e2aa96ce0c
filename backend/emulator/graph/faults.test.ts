import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Emulator, startEmulator } from '../emulator.ts';
import { type CallGraph, errorCode, graphAs } from '../testing/app-client.ts';

const adaEmail = 'ada@contoso.example';
const benEmail = 'ben@contoso.example';

describe('Graph under strain', () => {
  let emulator: Emulator;
  let graph: CallGraph;

  beforeEach(async () => {
    emulator = await startEmulator({ seed: 7 });
    emulator.people.add({ email: adaEmail });
    graph = await graphAs(emulator, adaEmail);
  });
  afterEach(async () => {
    await emulator.close();
  });

  it('lets four requests of a mailbox run at a time, and asks the fifth to wait', async () => {
    const allCame = vi.waitFor(() => expect(emulator.throttle.report(adaEmail).total).toBe(6), 60_000);
    emulator.faults.add({ kind: 'slow', until: allCame });

    const replies = await Promise.all(Array.from({ length: 6 }, () => graph('/me/mailFolders')));

    const throttled = replies.filter(({ status }) => status === 429);
    expect(throttled).toHaveLength(2);
    expect(throttled.map((reply) => [errorCode(reply), reply.headers.get('retry-after')])).toEqual([
      ['ApplicationThrottled', '1'],
      ['ApplicationThrottled', '1'],
    ]);
    expect(emulator.throttle.report(adaEmail)).toEqual({ peak: 4, total: 6, throttled: 2 });
  });

  it('counts a quota for each mailbox, and opens again when the window is over', async () => {
    emulator.people.add({ email: benEmail });
    const ben = await graphAs(emulator, benEmail);
    emulator.throttle.limits = { ...emulator.throttle.limits, quota: 2 };

    const first = [
      await folderStatus(graph),
      await folderStatus(graph),
      await folderStatus(graph),
      await folderStatus(ben),
    ];
    emulator.clock.advance(600_000);

    expect(first).toEqual([200, 200, 429, 200]);
    expect(await folderStatus(graph)).toBe(200);
  });

  it.each([
    [500, 'InternalServerError'],
    [503, 'serviceNotAvailable'],
    [504, 'UnknownError'],
  ] as const)('answers %d for the next two requests, then heals', async (kind, code) => {
    const struck = emulator.faults.add({ kind, times: 2, mailbox: adaEmail });

    const replies = [await graph('/me'), await graph('/me'), await graph('/me')];

    expect(replies.map(({ status }) => status)).toEqual([kind, kind, 200]);
    expect(replies[0]?.body).toMatchObject({
      error: {
        code,
        innerError: {
          date: expect.any(String),
          'request-id': expect.any(String),
          'client-request-id': expect.any(String),
        },
      },
    });
    expect(struck()).toBe(2);
  });

  it('asks to wait in seconds, or until a date', async () => {
    emulator.faults.add({ kind: 429, times: 1, retryAfterSeconds: 3 });
    emulator.faults.add({ kind: 429, times: 1, retryAfterSeconds: 3, retryAfterAsDate: true });

    const askedAt = Date.now();
    const [seconds, date] = [await graph('/me'), await graph('/me')];
    const answeredAt = Date.now();

    expect(seconds.headers.get('retry-after')).toBe('3');
    const endsAt = Date.parse(date.headers.get('retry-after') ?? '');
    expect(endsAt).toBeGreaterThan(askedAt + 2_000);
    expect(endsAt).toBeLessThanOrEqual(answeredAt + 3_000);
  });

  it('cuts the connection', async () => {
    emulator.faults.add({ kind: 'reset', times: 1 });

    await expect(graph('/me')).rejects.toThrow('fetch failed');
    expect((await graph('/me')).status).toBe(200);
  });

  it('can carry a request out and lose the answer', async () => {
    const { does, mailbox } = emulator.people.get(adaEmail);
    const { id } = does.deliver({ from: 'a@b.example' });
    emulator.faults.add({ kind: 504, times: 1, method: 'POST', isCarriedOut: true });

    const move = await graph(`/me/messages/${id}/move`, { method: 'POST', body: { destinationId: 'archive' } });

    expect(move.status).toBe(504);
    expect(mailbox.get(id).folderId).toBe(mailbox.folders.get('archive').id);
  });

  it('adds slowness to what else goes wrong', async () => {
    emulator.faults.add({ kind: 'slow', delayMs: 40 });
    emulator.faults.add({ kind: 503, times: 1 });
    const startedAt = performance.now();

    const { status } = await graph('/me');

    expect(status).toBe(503);
    expect(performance.now() - startedAt).toBeGreaterThan(35);
  });

  it('strikes at the given rate, the same way for the same seed', async () => {
    emulator.faults.add({ kind: 500, rate: 0.5, target: 'graph' });
    const other = await startEmulator({ seed: 7 });
    other.people.add({ email: adaEmail });
    other.faults.add({ kind: 500, rate: 0.5, target: 'graph' });
    const otherGraph = await graphAs(other, adaEmail);

    const [here, there]: [number[], number[]] = [[], []];
    for (let round = 0; round < 20; round += 1) {
      here.push((await graph('/me')).status);
      there.push((await otherGraph('/me')).status);
    }
    await other.close();

    expect(new Set(here)).toEqual(new Set([200, 500]));
    expect(there).toEqual(here);
  });

  it('answers a batch part by part, with 424 for what hangs on a failed part', async () => {
    emulator.faults.add({ kind: 429, path: '/me/mailFolders/archive' });

    const { status, body } = await graph('/$batch', {
      method: 'POST',
      body: {
        requests: [
          get('a', '/me'),
          get('b', '/me/mailFolders/archive'),
          get('c', '/me', ['b']),
          get('d', '/me', ['a']),
        ],
      },
    });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      responses: expect.arrayContaining([
        expect.objectContaining({ id: 'a', status: 200 }),
        expect.objectContaining({ id: 'b', status: 429, headers: expect.objectContaining({ 'retry-after': '1' }) }),
        expect.objectContaining({ id: 'c', status: 424 }),
        expect.objectContaining({ id: 'd', status: 200 }),
      ]),
    });
  });

  it('takes at most twenty parts in a batch', async () => {
    const requests = Array.from({ length: 21 }, (_, index) => ({ id: String(index), method: 'GET', url: '/me' }));

    const whole = await graph('/$batch', { method: 'POST', body: { requests } });
    const fewer = await graph('/$batch', { method: 'POST', body: { requests: requests.slice(1) } });

    expect([whole.status, fewer.status]).toEqual([400, 200]);
  });

  it('serves everything below a base path, links included', async () => {
    const mounted = await startEmulator({ basePath: '/cloud' });
    mounted.people.add({ email: adaEmail }).does.deliver({ from: 'a@b.example' });
    const call = await graphAs(mounted, adaEmail);

    const delta = await call('/me/mailFolders/inbox/messages/delta?$select=subject');
    const again = await call(String(delta.body['@odata.deltaLink']));
    await mounted.close();

    expect(delta.body['@odata.deltaLink']).toMatch(new RegExp(`^${mounted.url}/v1.0/`));
    expect(again.status).toBe(200);
  });
});

async function folderStatus(call: CallGraph): Promise<number> {
  return (await call('/me/mailFolders')).status;
}

function get(id: string, url: string, dependsOn: readonly string[] = []) {
  return { id, method: 'GET', url, dependsOn };
}
