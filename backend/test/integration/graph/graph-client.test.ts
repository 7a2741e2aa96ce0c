import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ItemNotFoundError, TokenRefusedError } from '../../../src/graph/errors.ts';
import { getMessage, moveMessage } from '../../../src/graph/messages.ts';
import { deleteSubscription } from '../../../src/graph/subscriptions.ts';
import { withLogContext } from '../../../src/lib/log-context.ts';
import { graphRequests } from '../../../src/lib/metrics.ts';
import { clientOf, failureOf } from '../../harness/graph-client.ts';
import { getMe, getPlacement } from '../../harness/graph-requests.ts';
import { failure, json, ScriptedGraph, silence } from '../../harness/scripted-graph.ts';

const me = json(200, { id: 'person', userPrincipalName: 'ada@example.com', mail: null });
const placed = json(200, { id: 'message', parentFolderId: 'folder' });
const { signal } = new AbortController();

let graph: ScriptedGraph;
beforeAll(async () => {
  graph = await ScriptedGraph.start();
});
afterAll(async () => {
  await graph[Symbol.asyncDispose]();
});

describe('a request', () => {
  it('carries the token, the wish for immutable ids and the id of the work it belongs to', async () => {
    graph.answerWith(me);
    const { client } = clientOf(graph);

    const answer = await withLogContext({ requestId: 'work-1' }, () => client.send(getMe(), { signal }));

    expect(answer).toEqual({ id: 'person', userPrincipalName: 'ada@example.com', mail: null });
    expect(graph.received).toMatchObject([{ method: 'GET', url: '/v1.0/me' }]);
    expect(graph.received[0]?.headers).toMatchObject({
      authorization: 'Bearer token-1',
      prefer: 'IdType="ImmutableId"',
      'client-request-id': 'work-1',
    });
  });

  it('without such work gets an id of its own, the same for every try', async () => {
    graph.answerWith(failure(503, 'serviceNotAvailable'), me);
    const { client } = clientOf(graph);

    await client.send(getMe(), { signal });

    const ids = graph.received.map(({ headers }) => headers['client-request-id']);
    expect(ids[0]).toMatch(/^[\da-f-]{36}$/);
    expect(ids).toEqual([ids[0], ids[0]]);
  });

  it('is counted attempt by attempt, by its template and never by an id', async () => {
    graphRequests.reset();
    graph.answerWith(failure(429, 'ApplicationThrottled', { 'retry-after': '2' }), placed);
    const { client } = clientOf(graph);

    await client.send(getPlacement('secret-id'), { signal });

    const common = { method: 'GET', route: '/me/messages/{messageId}' };
    expect((await graphRequests.get()).values).toEqual([
      { value: 1, labels: { ...common, status: '429' } },
      { value: 1, labels: { ...common, status: '2xx' } },
    ]);
  });

  it.each([
    ['other fields', json(200, { value: 'Your invoice' })],
    ['no JSON', (response: { end(text: string): unknown }) => response.end('<html>Your invoice</html>')],
    ['nothing', json(204)],
  ])('answered with %s fails, and does not quote the answer', async (_what, reply) => {
    graph.answerWith(reply);

    const error = await failureOf(clientOf(graph).client.send(getMessage('secret-id'), { signal }));

    expect(error).toMatchObject({ code: 'unexpected_answer', retryable: false, mayHaveHappened: true });
    expect(error.message).not.toMatch(/invoice|secret-id/);
    expect(graph.received).toHaveLength(1);
  });

  it('to delete a subscription that is gone already succeeds', async () => {
    graph.answerWith(failure(404, 'ResourceNotFound'), failure(404, 'ErrorItemNotFound'));
    const { client } = clientOf(graph);

    await expect(deleteSubscription(client, 'gone', { signal })).resolves.toBeUndefined();
    await expect(client.send(getMessage('gone'), { signal })).rejects.toThrow(ItemNotFoundError);
  });
});

describe('a refused token', () => {
  const refused = failure(401, 'InvalidAuthenticationToken');

  it('is renewed once, and the request repeated, whatever it is', async () => {
    graph.answerWith(refused, placed);
    const { client, getToken, waits } = clientOf(graph);

    await client.send(moveMessage('message', 'archive'), { signal });

    expect(graph.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(getToken.mock.calls.filter(([{ forceRefresh }]) => forceRefresh)).toHaveLength(1);
    expect(waits).toEqual([]);
  });

  it('is given up when the new one is refused as well', async () => {
    graph.answerWith(refused);
    const { client } = clientOf(graph);

    await expect(client.send(getMe(), { signal })).rejects.toThrow(TokenRefusedError);
    expect(graph.received).toHaveLength(2);
  });

  it('that was renewed meanwhile for another request is not renewed again', async () => {
    graph.answerWith(
      refused,
      async (response, request) => {
        await expect.poll(() => graph.received.at(-1)?.headers.authorization).toBe('Bearer token-2');
        refused(response, request);
      },
      me,
    );
    const { client, getToken } = clientOf(graph);

    await Promise.all([1, 2].map(() => client.send(getMe(), { signal })));

    expect(graph.received).toHaveLength(4);
    expect(getToken.mock.calls.filter(([{ forceRefresh }]) => forceRefresh)).toHaveLength(1);
  });

  it('that cannot be renewed ends the request with what getToken throws', async () => {
    graph.answerWith(refused);
    const { client, getToken } = clientOf(graph);
    getToken.mockImplementation(({ forceRefresh }) =>
      forceRefresh ? Promise.reject(new Error('The grant is dead')) : Promise.resolve('token-1'),
    );

    await expect(client.send(getMe(), { signal })).rejects.toThrow('The grant is dead');
  });
});

describe('a request that is told to stop', () => {
  it('ends at once while it waits for an answer, and gives its place back', async () => {
    graph.answerWith(silence, me);
    const { client } = clientOf(graph);
    const controller = new AbortController();

    const stopped = client.send(getMe(), { signal: controller.signal });
    await expect.poll(() => graph.received.length).toBe(1);
    controller.abort(new Error('told to stop'));

    await expect(stopped).rejects.toThrow('told to stop');
    await expect(client.send({ ...getMe(), places: 3 }, { signal })).resolves.toMatchObject({ id: 'person' });
    expect(graph.received).toHaveLength(2);
  });

  it('sends nothing when it was told before', async () => {
    graph.answerWith(me);

    const stopped = clientOf(graph).client.send(getMe(), { signal: AbortSignal.abort(new Error('told to stop')) });

    await expect(stopped).rejects.toThrow('told to stop');
    expect(graph.received).toEqual([]);
  });
});
