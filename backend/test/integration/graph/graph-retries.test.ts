import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../local/network.ts';
import { ThrottledError } from '../../../src/graph/errors.ts';
import { moveMessage, patchMessage } from '../../../src/graph/messages.ts';
import { clientOf, failureOf } from '../../harness/graph-client.ts';
import { getMe } from '../../harness/graph-requests.ts';
import { failure, half, json, reset, ScriptedGraph, silence } from '../../harness/scripted-graph.ts';

const me = json(200, { id: 'person', userPrincipalName: 'ada@example.com', mail: null });
const placed = json(200, { id: 'message', parentFolderId: 'folder' });
/** The system, or fetch, names it in one of these ways. */
const brokenConnection = expect.stringMatching(/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/);
const threePlaces = { ...getMe(), places: 3 };
const { signal } = new AbortController();

let graph: ScriptedGraph;
beforeAll(async () => {
  graph = await ScriptedGraph.start();
});
afterAll(async () => {
  await graph[Symbol.asyncDispose]();
});

describe('throttling', () => {
  it.each([
    ['seconds', { 'retry-after': '120' }],
    ['a date', { date: 'Sun, 01 Mar 2026 10:00:00 GMT', 'retry-after': 'Sun, 01 Mar 2026 10:02:00 GMT' }],
  ])('waits as long as Graph asks for, in %s, and for something unsafe too', async (_form, headers) => {
    graph.answerWith(failure(429, 'ApplicationThrottled', headers), placed);
    const { client, waits } = clientOf(graph);

    await client.send(moveMessage('message', 'archive'), { signal, maxWaitMs: 120_000 });

    expect(waits).toEqual([120_000]);
    expect(graph.received).toHaveLength(2);
  });

  it('holds back everyone in the mailbox, not only the one that was told', async () => {
    const receivedAtWait: number[] = [];
    const { client, another, waits } = clientOf(graph, { onWait: () => receivedAtWait.push(graph.received.length) });
    graph.answerWith(failure(429, 'ApplicationThrottled', { 'retry-after': '60' }), me);

    await Promise.all([client, another(), another(), another()].map((one) => one.send(threePlaces, { signal })));

    expect(waits).toEqual([60_000]);
    expect(receivedAtWait).toEqual([1]);
    expect(graph.received).toHaveLength(5);
  });

  it('is handed to the caller when the wait would be too long, and nothing more is sent', async () => {
    graph.answerWith(failure(429, 'ApplicationThrottled', { 'retry-after': '300' }));
    const { client, waits } = clientOf(graph);

    const first = await failureOf(client.send(getMe(), { signal, maxWaitMs: 10_000 }));
    const second = await failureOf(client.send(getMe(), { signal }));

    expect([first, second]).toEqual([expect.any(ThrottledError), expect.any(ThrottledError)]);
    expect([first.retryAfterMs, second.retryAfterMs]).toEqual([300_000, 300_000]);
    expect(waits).toEqual([]);
    expect(graph.received).toHaveLength(1);
  });

  it('pauses the mailbox also when the request that met it is not repeated', async () => {
    graph.answerWith(failure(503, 'serviceNotAvailable', { 'retry-after': '20' }), me);
    const { client, waits } = clientOf(graph);

    const error = await failureOf(client.send(moveMessage('message', 'archive'), { signal }));
    await client.send(getMe(), { signal });

    expect(error).toMatchObject({ status: 503, mayHaveHappened: true, retryAfterMs: 20_000 });
    expect(waits).toEqual([20_000]);
  });
});

describe('a fault on the way', () => {
  it.each([
    ['500', failure(500, 'ErrorInternalServerError')],
    ['a reset', reset],
    ['half an answer', half],
  ])('is overcome by up to five retries, each wait longer: %s', async (_fault, fault) => {
    graph.answerWith(fault, fault, fault, fault, fault, me);
    const { client, waits } = clientOf(graph);

    await expect(client.send(getMe(), { signal })).resolves.toMatchObject({ id: 'person' });

    expect(waits).toHaveLength(5);
    for (const [index, fullMs] of [500, 1_000, 2_000, 4_000, 8_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(fullMs / 2);
      expect(waits[index]).toBeLessThanOrEqual(fullMs);
    }
    expect(graph.received).toHaveLength(6);
  });

  it('that stays is thrown after the sixth try', async () => {
    graph.answerWith(failure(504, 'gatewayTimeout', { 'request-id': 'ab-12' }));

    const error = await failureOf(clientOf(graph).client.send(patchMessage('message', { isRead: true }), { signal }));

    expect(error).toMatchObject({ status: 504, code: 'gatewayTimeout', retryable: true, requestId: 'ab-12' });
    expect(graph.received).toHaveLength(6);
  });

  it('is not waited for beyond what the caller allows', async () => {
    graph.answerWith(failure(500, 'ErrorInternalServerError'));
    const { client, waits } = clientOf(graph);

    await failureOf(client.send(getMe(), { signal, maxWaitMs: 2_000 }));

    expect(waits.length).toBeLessThanOrEqual(3);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(2_000);
  });

  it.each([
    ['a reset', reset, brokenConnection, 30_000],
    ['500', failure(500, 'ErrorInternalServerError'), 'ErrorInternalServerError', 30_000],
    ['no answer in time', silence, 'timeout', 2_000],
  ])(
    'leaves open whether a message was moved, so it is not moved again: %s',
    async (_fault, fault, code, timeoutMs) => {
      graph.answerWith(fault);

      const error = await failureOf(
        clientOf(graph, { timeoutMs }).client.send(moveMessage('message', 'archive'), { signal }),
      );

      expect(error).toMatchObject({ code, retryable: true, mayHaveHappened: true });
      expect(graph.received).toHaveLength(1);
    },
  );

  it('before anything was sent makes even a move repeatable', async () => {
    const { client, waits } = clientOf({ baseUrl: `http://127.0.0.1:${await freePort()}` });

    const error = await failureOf(client.send(moveMessage('message', 'archive'), { signal }));

    expect(error).toMatchObject({ status: 0, code: 'ECONNREFUSED', retryable: true, mayHaveHappened: false });
    expect(waits).toHaveLength(5);
  });

  it('no answer in time is tried again where that is safe', async () => {
    graph.answerWith(silence, me);

    await expect(clientOf(graph, { timeoutMs: 500 }).client.send(getMe(), { signal })).resolves.toMatchObject({
      id: 'person',
    });
  });
});
