import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sentFields } from '../../../src/graph/select.ts';
import { readOwnerHabits } from '../../../src/observation/owner-habits.ts';
import { clientOf } from '../../harness/graph-client.ts';
import { failure, json, ScriptedGraph } from '../../harness/scripted-graph.ts';

const { signal } = new AbortController();
const since = new Date('2026-08-01T00:00:00Z');
const noRules = json(200, { value: [] });

let graph: ScriptedGraph;
beforeAll(async () => {
  graph = await ScriptedGraph.start();
});
afterAll(() => graph[Symbol.asyncDispose]());

const person = (address: string | null) => ({ emailAddress: { name: 'Somebody', address } });
const sent = (sentDateTime: string, to: (string | null)[], cc: string[] = []) => ({
  id: `sent-${sentDateTime}`,
  sentDateTime,
  toRecipients: to.map(person),
  ccRecipients: cc.map(person),
});
const read = (mayReadInboxRules = true) =>
  readOwnerHabits(clientOf(graph).client, { since, mayReadInboxRules, signal });

describe("an owner's habits", () => {
  it('are whom they wrote to since a time, and their rules in Outlook, page by page', async () => {
    const rule = {
      id: 'r',
      displayName: 'R',
      sequence: 1,
      isEnabled: true,
      conditions: null,
      actions: { delete: true },
    };
    graph.answerWith(
      json(200, {
        value: [sent('2026-09-02T00:00:00Z', ['Ann@A.example', null], ['bob@b.example'])],
        '@odata.nextLink': `${graph.baseUrl}/v1.0/me/mailFolders/sentitems/messages?$skip=1`,
      }),
      json(200, {
        value: [sent('2026-08-02T00:00:00Z', ['cy@c.example']), sent('2026-07-31T00:00:00Z', ['old@o.example'])],
      }),
      json(200, { value: [rule] }),
    );

    const reading = await read();

    expect(reading).toMatchObject({ outcome: 'read', habits: { inboxRules: [{ isEnabled: true }] } });
    const correspondents = reading.outcome === 'read' ? reading.habits.correspondents : undefined;
    expect(correspondents).toEqual(new Set(['ann@a.example', 'bob@b.example', 'cy@c.example']));
    expect(graph.received[0]?.url).toContain(`$select=${sentFields.join(',')}`);
  });

  it('end at a thousand messages', async () => {
    const page = Array.from({ length: 600 }, (_, n) => sent('2026-09-02T00:00:00Z', [`p${n}@p.example`]));
    const nextLink = (skip: number) => `${graph.baseUrl}/v1.0/me/mailFolders/sentitems/messages?$skip=${skip}`;
    graph.answerWith(
      json(200, { value: page, '@odata.nextLink': nextLink(600) }),
      json(200, { value: page, '@odata.nextLink': nextLink(1_200) }),
      noRules,
    );

    await expect(read()).resolves.toMatchObject({ outcome: 'read' });
    expect(graph.received).toHaveLength(3);
  });

  it.each([
    ['a consent that does not cover the settings', json(200, { value: [] }), failure(403, 'ErrorAccessDenied')],
    ['a mailbox without Sent Items', failure(404, 'ErrorItemNotFound'), noRules],
  ])('are none for %s', async (_name, mail, rules) => {
    graph.answerWith(mail, rules);

    expect(await read()).toEqual({ outcome: 'read', habits: { correspondents: new Set(), inboxRules: [] } });
  });

  it('hold no rules, and Graph is not asked for them, where the permission is not granted', async () => {
    graph.answerWith(json(200, { value: [] }));

    expect(await read(false)).toEqual({ outcome: 'read', habits: { correspondents: new Set(), inboxRules: [] } });
    expect(graph.received.map(({ url }) => url)).toEqual([expect.stringContaining('sentitems')]);
  });

  it('wait while Graph wants the mailbox left alone, and are not known when it fails', async () => {
    graph.answerWith(failure(429, 'ApplicationThrottled', { 'retry-after': '3600' }));
    await expect(read()).resolves.toEqual({ outcome: 'throttled', retryAfterMs: expect.any(Number) });

    graph.answerWith(failure(400, 'ErrorInvalidRequest'));
    await expect(read()).rejects.toMatchObject({ status: 400 });
  });
});
