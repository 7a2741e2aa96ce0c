import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Message } from '../../../../src/graph/messages.ts';
import { buildIndexes, EmailEvent, MessageState, models } from '../../../../src/models/index.ts';
import { applyObservations } from '../../../../src/observation/changes/apply.ts';
import type { ObservedMailbox } from '../../../../src/observation/changes/observation.ts';
import { observeMessages } from '../../../../src/observation/changes/observe-messages.ts';
import { connectTestDatabase, type TestDatabase } from '../../../harness/database.ts';
import { clientOf, failureOf } from '../../../harness/graph-client.ts';
import { json, type Reply, reset, ScriptedGraph } from '../../../harness/scripted-graph.ts';
import { recordIndexLog } from '../../models/indexes/index-log.ts';
import { at, mailboxOf, messageOf, seen } from './looks.ts';

let database: TestDatabase;
let graph: ScriptedGraph;
beforeAll(async () => {
  database = await connectTestDatabase();
  await buildIndexes(models, recordIndexLog());
  graph = await ScriptedGraph.start();
});
afterAll(async () => {
  await graph[Symbol.asyncDispose]();
  await database.drop();
});

let mailbox: ObservedMailbox;
let now: number;
beforeEach(() => {
  mailbox = mailboxOf();
  now = at(10);
});
const { signal } = new AbortController();
/** A clock that goes on by a millisecond whenever somebody looks at it. */
const clock = () => (now += 1);
const observe = (ids: readonly string[]) =>
  observeMessages({ client: clientOf(graph).client, mailbox, clock }, ids, { signal });

const batch = z.object({ requests: z.array(z.object({ id: z.string(), url: z.string() })) });
const failed = (status: number, code: string) => ({ status, body: { error: { code, message: 'x' } } });
const found = (fields: Partial<Message>) => ({ status: 200, body: messageOf(fields) });

/** Answers each part by the message that its path names. */
function parts(answer: (messageId: string) => { readonly status: number; readonly body: unknown }): Reply {
  return (response, request) => {
    const { requests } = batch.parse(request.body);
    const responses = requests.map(({ id, url }) => ({ id, ...answer(/messages\/(\w+)/u.exec(url)?.[1] ?? '') }));
    json(200, { responses })(response, request);
  };
}

describe('observing messages by id', () => {
  it('records what became of each, four to a request, each id once and again when it is not found', async () => {
    await applyObservations(mailbox, [seen({ id: 'm1' }, at(1)), seen({ id: 'm2' }, at(1))]);
    graph.answerWith(parts((id) => (id === 'm2' ? failed(404, 'ErrorItemNotFound') : found({ id, isRead: true }))));

    const report = await observe(['m1', 'm2', 'm3', 'm4', 'm5', 'm1', 'm3']);

    expect(report).toEqual({ events: 5, changed: 5, unreadable: [] });
    expect(graph.received).toHaveLength(3);
    const { mailboxId } = mailbox;
    const events = await EmailEvent.find({ mailboxId }).sort({ eventType: 1, messageId: 1 }).lean();
    expect(events.map(({ eventType, messageId }) => `${eventType} ${messageId}`)).toEqual([
      'arrived m1',
      'arrived m2',
      'arrived m3',
      'arrived m4',
      'arrived m5',
      'disappeared m2',
      'read m1',
    ]);
    expect(await MessageState.findOne({ mailboxId, messageId: 'm1' }).lean()).toMatchObject({
      observedAt: new Date(at(10) + 2),
    });
  });

  it('reads a message again when others learned something newer meanwhile', async () => {
    let isOvertaken = false;
    graph.answerWith(async (response, request) => {
      const answer = parts((id) => found({ id, parentFolderId: isOvertaken ? 'archive' : 'inbox' }));
      if (isOvertaken) {
        answer(response, request);
        return;
      }
      isOvertaken = true;
      const newer = { ...seen({ id: 'm1', parentFolderId: 'projects' }, at(10)), answeredAt: at(10) + 2 };
      await applyObservations(mailbox, [newer]);
      answer(response, request);
    });

    const report = await observe(['m1', 'm2']);

    expect(report).toEqual({ events: 2, changed: 2, unreadable: [] });
    expect(graph.received).toHaveLength(2);
    const state = await MessageState.findOne({ mailboxId: mailbox.mailboxId, messageId: 'm1' }).lean();
    expect(state).toMatchObject({ folderId: 'archive', version: 2 });
  });

  it('gives up for now on a message that others keep learning about', async () => {
    await applyObservations(mailbox, [seen({ id: 'm1', isRead: true }, at(60))]);
    graph.answerWith(parts((id) => found({ id })));

    const error = await failureOf(observe(['m1']));

    expect(error).toMatchObject({ code: 'overtaken', retryable: true });
    expect(graph.received).toHaveLength(5);
  });

  it('records what it could read before it throws what Graph refused', async () => {
    graph.answerWith(parts((id) => (id === 'm2' ? failed(400, 'ErrorInvalidRequest') : found({ id }))));
    const ids = Array.from({ length: 50 }, (_, number) => `m${number}`);

    const error = await failureOf(observe(ids));

    expect(error).toMatchObject({ status: 400, code: 'ErrorInvalidRequest' });
    expect(await MessageState.countDocuments({ mailboxId: mailbox.mailboxId })).toBe(49);
  });

  it('skips what cannot be understood, without asking again, and names the fields', async () => {
    const odd = { status: 200, body: { ...messageOf({ id: 'm2' }), categories: 7, parentFolderId: null } };
    const answers = new Map<string, { readonly status: number; readonly body: unknown }>([
      ['m1', failed(500, 'ErrorCorruptData')],
      ['m2', odd],
    ]);
    graph.answerWith(parts((id) => answers.get(id) ?? found({ id })));

    const report = await observe(['m1', 'm2', 'm3']);

    expect(report).toEqual({
      events: 1,
      changed: 1,
      unreadable: [['ErrorCorruptData'], ['parentFolderId', 'categories']],
    });
    expect(graph.received).toHaveLength(1);
  });

  it.each([
    ['is there at the second look', 'm1', 1],
    ['is gone when it is not found again', 'nothing', 0],
  ])('an announced message %s', async (_what, present, arrived) => {
    graph.answerWith(
      parts(() => failed(404, 'ErrorItemNotFound')),
      parts((id) => (id === present ? found({ id }) : failed(404, 'ErrorItemNotFound'))),
    );
    const { client, waits } = clientOf(graph);

    const options = { signal, isAnnounced: true };
    const report = await observeMessages({ client, mailbox, clock }, ['m1'], options);

    expect(report.events).toBe(arrived);
    expect(waits).toEqual([1_000]);
    expect(graph.received).toHaveLength(2);
  });

  it.each([
    ['the mailbox cannot be reached', reset, { retryable: true }],
    ['there is no mailbox', parts(() => failed(404, 'MailboxNotEnabledForRESTAPI')), { status: 404 }],
  ])('asks for no more when %s, and takes nothing for gone', async (_what, reply, fault) => {
    await applyObservations(mailbox, [seen({ id: 'm1' }, at(1))]);
    graph.answerWith(reply);
    const ids = Array.from({ length: 100 }, (_, number) => `m${number}`);

    expect(await failureOf(observe(ids))).toMatchObject(fault);

    expect(graph.received.length).toBeLessThan(10);
    expect(await EmailEvent.countDocuments({ mailboxId: mailbox.mailboxId })).toBe(1);
  });

  it('ends when it is told to', async () => {
    graph.answerWith(parts((id) => found({ id })));
    const reason = new Error('The process stops');

    const observing = observeMessages({ client: clientOf(graph).client, mailbox, clock }, ['m1'], {
      signal: AbortSignal.abort(reason),
    });

    await expect(observing).rejects.toBe(reason);
  });
});
