import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sendBatch } from '../../../src/graph/batch.ts';
import { moveMessage } from '../../../src/graph/messages.ts';
import { clientOf } from '../../harness/graph-client.ts';
import { getPlacement } from '../../harness/graph-requests.ts';
import { failure, json, type Reply, reset, ScriptedGraph } from '../../harness/scripted-graph.ts';

const { signal } = new AbortController();

let graph: ScriptedGraph;
beforeAll(async () => {
  graph = await ScriptedGraph.start();
});
afterAll(async () => {
  await graph[Symbol.asyncDispose]();
});

interface PartAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
const batch = z.object({
  requests: z.array(z.looseObject({ id: z.string(), url: z.string(), headers: z.record(z.string(), z.string()) })),
});
const partsOf = (body: unknown) => batch.parse(body).requests;
const urls = () => graph.received.map(({ body }) => partsOf(body).map(({ url }) => decodeURIComponent(url)));
const placed = (id: string): PartAnswer => ({ status: 200, body: { id, parentFolderId: 'folder' } });
const failed = (status: number, code: string, headers = {}): PartAnswer => ({
  status,
  headers,
  body: { error: { code, message: 'x' } },
});

/** Answers each part by the message that its path names, the last part first, as Graph keeps no order. */
function parts(answer: (messageId: string) => PartAnswer | undefined): Reply {
  return (response, request) => {
    const responses = partsOf(request.body)
      .map(({ id, url }) => ({ id, ...answer(/messages\/(\w+)/.exec(url)?.[1] ?? '') }))
      .filter((part) => 'status' in part)
      .toReversed();
    json(200, { responses })(response, request);
  };
}

describe('a batch', () => {
  it('goes out four parts at a time, each part with its wishes, and keeps their order', async () => {
    graph.answerWith(parts(placed));
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];

    const results = await sendBatch(clientOf(graph).client, ids.map(getPlacement), { signal });

    expect(results).toEqual(ids.map((id) => ({ ok: true, value: { id, parentFolderId: 'folder' } })));
    expect(urls().map(({ length }) => length)).toEqual([4, 4, 1]);
    expect(urls()[2]).toEqual(['/me/messages/i?$select=id,parentFolderId']);
    for (const { url, method, body, headers } of graph.received) {
      expect([method, url, headers.authorization]).toEqual(['POST', '/v1.0/$batch', 'Bearer token-1']);
      for (const part of partsOf(body)) expect(part.headers).toEqual({ Prefer: 'IdType="ImmutableId"' });
    }
  });

  it('sends what its parts carry', async () => {
    graph.answerWith(parts(placed));

    await sendBatch(clientOf(graph).client, [moveMessage('a', 'archive')], { signal });

    expect(graph.received[0]?.body).toEqual({
      requests: [
        {
          id: '1',
          method: 'POST',
          url: '/me/messages/a/move?$select=id%2CparentFolderId',
          headers: { Prefer: 'IdType="ImmutableId"', 'Content-Type': 'application/json' },
          body: { destinationId: 'archive' },
        },
      ],
    });
  });

  it('is judged part by part, and only what was throttled or broken is sent again', async () => {
    const { client, waits } = clientOf(graph);
    const answers: Record<string, PartAnswer> = {
      a: placed('a'),
      b: failed(404, 'ErrorItemNotFound'),
      c: failed(429, 'ApplicationThrottled', { 'Retry-After': '30' }),
      d: failed(503, 'serviceNotAvailable'),
    };
    graph.answerWith(
      parts((id) => answers[id]),
      parts(placed),
    );

    const results = await sendBatch(client, ['a', 'b', 'c', 'd'].map(getPlacement), { signal });

    expect(results).toMatchObject([
      { ok: true },
      { ok: false, error: { name: 'ItemNotFoundError', status: 404, code: 'ErrorItemNotFound' } },
      { ok: true, value: { id: 'c' } },
      { ok: true, value: { id: 'd' } },
    ]);
    expect(urls()[1]).toEqual(['c', 'd'].map((id) => `/me/messages/${id}?$select=id,parentFolderId`));
    expect(waits).toEqual([30_000]);
  });

  it('does not repeat a move that may have happened, or that was left out of the answer', async () => {
    const { client } = clientOf(graph);
    const answers: Record<string, PartAnswer> = { a: failed(500, 'ErrorInternalServerError'), b: placed('b') };
    graph.answerWith(parts((id) => answers[id]));

    const results = await sendBatch(
      client,
      ['a', 'b', 'c'].map((id) => moveMessage(id, 'archive')),
      { signal },
    );

    expect(results).toMatchObject([
      { ok: false, error: { status: 500, mayHaveHappened: true } },
      { ok: true },
      { ok: false, error: { code: 'unexpected_answer', mayHaveHappened: true } },
    ]);
    expect(graph.received).toHaveLength(1);
  });

  it('fails only the part whose answer is not what it should be', async () => {
    graph.answerWith(parts((id) => (id === 'a' ? { status: 200, body: { subject: 'Your invoice' } } : placed(id))));

    const results = await sendBatch(clientOf(graph).client, ['a', 'b'].map(getPlacement), { signal });

    expect(results).toMatchObject([{ ok: false, error: { code: 'unexpected_answer' } }, { ok: true }]);
    expect(graph.received).toHaveLength(1);
  });

  it('gives up a part that is still throttled after five retries', async () => {
    const { client, waits } = clientOf(graph);
    graph.answerWith(parts((id) => (id === 'a' ? placed(id) : failed(429, 'ApplicationThrottled'))));

    const results = await sendBatch(client, ['a', 'b'].map(getPlacement), { signal });

    expect(results).toMatchObject([{ ok: true }, { ok: false, error: { name: 'ThrottledError' } }]);
    expect(graph.received).toHaveLength(6);
    expect(waits).toHaveLength(5);
  });

  it('hands a long pause on to the parts it concerns', async () => {
    const { client } = clientOf(graph);
    graph.answerWith(parts((id) => (id === 'a' ? placed(id) : failed(429, 'x', { 'retry-after': '600' }))));

    const results = await sendBatch(client, ['a', 'b', 'c', 'd', 'e'].map(getPlacement), { signal });

    const paused = { ok: false, error: { name: 'ThrottledError', retryAfterMs: 600_000 } };
    expect(results).toMatchObject([{ ok: true }, paused, paused, paused, paused]);
    expect(graph.received).toHaveLength(1);
  });

  it('that fails as a whole fails its parts, and the next one is sent', async () => {
    const { client } = clientOf(graph);
    graph.answerWith(failure(403, 'ErrorAccessDenied'), parts(placed));

    const results = await sendBatch(client, ['a', 'b', 'c', 'd', 'e'].map(getPlacement), { signal });

    const denied = { ok: false, error: { name: 'AccessDeniedError' } };
    expect(results).toMatchObject([denied, denied, denied, denied, { ok: true, value: { id: 'e' } }]);
  });

  it('is repeated after a reset only if every part may be', async () => {
    const { client } = clientOf(graph);

    graph.answerWith(reset, parts(placed));
    expect(await sendBatch(client, [getPlacement('a')], { signal })).toMatchObject([{ ok: true }]);

    graph.answerWith(reset, parts(placed));
    const mixed = await sendBatch(client, [getPlacement('a'), moveMessage('b', 'archive')], { signal });
    expect(mixed).toMatchObject([{ error: { mayHaveHappened: true } }, { error: { mayHaveHappened: true } }]);
    expect(graph.received).toHaveLength(1);
  });

  it('ends when it is told to stop', async () => {
    graph.answerWith(parts(placed));
    const stopped = AbortSignal.abort(new Error('told to stop'));

    await expect(sendBatch(clientOf(graph).client, [getPlacement('a')], { signal: stopped })).rejects.toThrow(
      'told to stop',
    );
  });
});
