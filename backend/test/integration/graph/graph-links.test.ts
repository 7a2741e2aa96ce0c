import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldersDelta, listFolders } from '../../../src/graph/folders.ts';
import { messagesDelta } from '../../../src/graph/messages.ts';
import { items, pages } from '../../../src/graph/paging.ts';
import { clientOf, failureOf } from '../../harness/graph-client.ts';
import { getMe } from '../../harness/graph-requests.ts';
import { failure, json, type Reply, ScriptedGraph } from '../../harness/scripted-graph.ts';

const { signal } = new AbortController();

let graph: ScriptedGraph;
let stranger: ScriptedGraph;
beforeAll(async () => {
  [graph, stranger] = await Promise.all([ScriptedGraph.start(), ScriptedGraph.start()]);
});
afterAll(async () => {
  await Promise.all([graph[Symbol.asyncDispose](), stranger[Symbol.asyncDispose]()]);
});

function page(ids: readonly string[], links: Readonly<Record<string, string>> = {}): Reply {
  return json(200, { value: ids.map((id) => ({ id })), ...links });
}
const next = (link: string) => ({ '@odata.nextLink': link });
const delta = (link: string) => ({ '@odata.deltaLink': link });

async function all<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of sequence) found.push(item);
  return found;
}

describe('a list of several pages', () => {
  it('is followed to its delta link, each link asked for like the first page', async () => {
    const { client } = clientOf(graph);
    const link = `${graph.baseUrl}/v1.0/me/mailFolders/inbox/messages/delta?$skiptoken=2`;
    const last = `${graph.baseUrl}/v1.0/me/mailFolders/inbox/messages/delta?$deltatoken=3`;
    graph.answerWith(page(['a', 'b'], next(link)), page([], next(`${link}x`)), page(['c'], delta(last)));

    const found = await all(pages(client, messagesDelta('inbox', { pageSize: 2 }), { signal }));

    expect(found.map(({ items: { length } }) => length)).toEqual([2, 0, 1]);
    expect(found.at(-1)).toMatchObject({ deltaLink: last });
    expect(graph.received.map(({ url }) => url.replace(/&?\$select=[^&]*/, ''))).toEqual([
      '/v1.0/me/mailFolders/inbox/messages/delta?$orderby=receivedDateTime desc',
      '/v1.0/me/mailFolders/inbox/messages/delta?$skiptoken=2',
      '/v1.0/me/mailFolders/inbox/messages/delta?$skiptoken=2x',
    ]);
    for (const { headers } of graph.received) {
      expect(headers).toMatchObject({
        prefer: 'IdType="ImmutableId", odata.maxpagesize=2',
        authorization: 'Bearer token-1',
      });
    }
  });

  it('tells what was removed from what changed', async () => {
    const { client } = clientOf(graph);
    const last = `${graph.baseUrl}/v1.0/me/mailFolders/inbox/messages/delta?$deltatoken=4`;
    const changed = { id: 'a', isRead: true, receivedDateTime: '2026-03-01T10:00:00.1234567Z' };
    graph.answerWith(json(200, { value: [changed, { id: 'b', '@removed': { reason: 'changed' } }], ...delta(last) }));

    const request = messagesDelta('inbox', { pageSize: 2, link: last });

    expect(await all(items(client, request, { signal }))).toEqual([
      { removed: false, item: { id: 'a', isRead: true, receivedDateTime: new Date('2026-03-01T10:00:00.123Z') } },
      { removed: true, id: 'b' },
    ]);
    expect(graph.received[0]?.url).toBe('/v1.0/me/mailFolders/inbox/messages/delta?$deltatoken=4');
  });

  it('is fetched no further than it is read', async () => {
    const { client } = clientOf(graph);
    graph.answerWith(page(['a'], next(`${graph.baseUrl}/v1.0/me/mailFolders/delta?$skiptoken=2`)));

    for await (const item of items(client, foldersDelta(), { signal })) {
      expect(item).toEqual({ removed: false, item: { id: 'a' } });
      break;
    }

    expect(graph.received).toHaveLength(1);
  });

  it('that leads back to the same page is not followed for ever', async () => {
    const { client } = clientOf(graph);
    graph.answerWith(page(['a'], next(`${graph.baseUrl}/v1.0/me/mailFolders/delta?$skiptoken=2`)));

    const error = await failureOf(all(pages(client, foldersDelta(), { signal })));

    expect(error.code).toBe('paging_loop');
    expect(graph.received).toHaveLength(2);
  });

  it('starts anew when its link is too old', async () => {
    const { client } = clientOf(graph);
    graph.answerWith(failure(410, 'SyncStateNotFound'));

    const error = await failureOf(all(pages(client, foldersDelta(`${graph.baseUrl}/v1.0/me/x`), { signal })));

    expect(error).toMatchObject({ name: 'ResyncRequiredError', status: 410, retryable: false });
  });
});

describe('the access token', () => {
  it('is not sent after a link that leads elsewhere', async () => {
    const { client } = clientOf(graph);
    stranger.answerWith(page([]));
    graph.answerWith(json(200, { value: [], ...next(`${stranger.baseUrl}/v1.0/me/mailFolders`) }));

    const error = await failureOf(all(pages(client, listFolders(), { signal })));

    expect(error).toMatchObject({ code: 'foreign_link', retryable: false, mayHaveHappened: false });
    expect(stranger.received).toEqual([]);
    expect(graph.received).toHaveLength(1);
  });

  it.each([301, 302, 307, 308])('is not sent after a redirect: %i', async (status) => {
    const { client } = clientOf(graph);
    stranger.answerWith(json(200, { id: 'person', userPrincipalName: 'mallory@example.com' }));
    graph.answerWith(json(status, undefined, { location: `${stranger.baseUrl}/v1.0/me` }));

    const error = await failureOf(client.send(getMe(), { signal }));

    expect(error).toMatchObject({ status: 0, code: 'request_failed', retryable: false });
    expect(stranger.received).toEqual([]);
    expect(graph.received).toHaveLength(1);
  });
});
