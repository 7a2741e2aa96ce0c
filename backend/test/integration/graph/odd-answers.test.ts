import { assert, asyncProperty, constantFrom, type Arbitrary, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { snapshotOf } from '../../../src/observation/changes/message-snapshot.ts';
import { readChangeNotifications } from '../../../src/observation/webhooks/notification-entry.ts';
import { readBody } from '../../../src/graph/answer.ts';
import { sendBatch } from '../../../src/graph/batch.ts';
import type { GraphClient } from '../../../src/graph/client.ts';
import { GraphError } from '../../../src/graph/errors.ts';
import { foldersDelta, getFolder } from '../../../src/graph/folders.ts';
import { createGraphClock } from '../../../src/graph/graph-clock.ts';
import { createMailboxLimiters } from '../../../src/graph/limiter.ts';
import { getMessage, messagesDelta } from '../../../src/graph/messages.ts';
import type { GraphRequest } from '../../../src/graph/request.ts';
import { listSentMail } from '../../../src/graph/sent-mail.ts';

/** A value of JSON, as foreign data. */
type Json = unknown;
type Path = readonly (string | number)[];

const message = {
  '@odata.etag': 'W/"1"',
  id: 'm1',
  parentFolderId: 'inbox',
  internetMessageId: '<a@b>',
  conversationId: 'c',
  receivedDateTime: '2026-05-01T10:00:00Z',
  lastModifiedDateTime: '2026-05-01T10:00:00.1234567Z',
  subject: 'Invoice',
  from: { emailAddress: { name: 'Shop', address: 'billing@shop.example' } },
  importance: 'normal',
  hasAttachments: false,
  isRead: true,
  isDraft: false,
  flag: { flagStatus: 'flagged' },
  categories: ['Red'],
  internetMessageHeaders: [{ name: 'List-Unsubscribe', value: '<mailto:x@y>' }],
};
const folder = { id: 'f1', displayName: 'Inbox', parentFolderId: 'root', childFolderCount: 1 };
const recipients = [{ emailAddress: { address: 'a@b.example' } }];
const sent = { id: 's1', sentDateTime: '2026-05-01T10:00:00Z', toRecipients: recipients, ccRecipients: recipients };
const pageOf = (...value: Json[]): Json => ({ value, '@odata.deltaLink': 'https://graph.example/delta' });
const gone = { id: 'm3', '@removed': { reason: 'deleted' } };

/** Absent is `undefined`, which JSON leaves out. */
const oddValues: readonly Json[] = [
  null,
  undefined,
  '',
  'x'.repeat(3_000),
  0,
  -1e308,
  true,
  [],
  {},
  [null],
  [[]],
  { toString: 1, id: 7, length: -1 },
];
const odd = constantFrom(...oddValues);

function pathsOf(value: Json, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))];
}

function mutated(value: Json, [name, ...rest]: Path, replacement: Json): unknown {
  if (name === undefined) return replacement;
  if (value === null || typeof value !== 'object') return value;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
  const inner: unknown = Reflect.get(copy, name);
  Reflect.set(copy, name, mutated(inner, rest, replacement));
  return JSON.parse(JSON.stringify(copy));
}

/** Every value with one place of it replaced. */
function anyMutationOf(value: Json): Arbitrary<unknown> {
  return tuple(constantFrom(...pathsOf(value)), odd).map(([path, replacement]) => mutated(value, path, replacement));
}

/** @returns what was read; undefined when it was refused in the one way that callers expect */
function readOrRefuse<T>(request: GraphRequest<T>, body: unknown): T | undefined {
  try {
    return readBody(request, 200, body);
  } catch (error) {
    if (error instanceof GraphError) return undefined;
    throw error;
  }
}

const runs = { numRuns: 600 };
const delta = messagesDelta('inbox', { pageSize: 10 });
const { signal } = new AbortController();

describe('answers with one odd value', () => {
  it.each([
    ['messages', delta, message],
    ['removed messages', delta, gone],
    ['folders', foldersDelta(), folder],
    ['sent mail', listSentMail(10), sent],
  ] as const)('lose no page and no neighbor: %s', (_what, request, item) => {
    const neighbor = { ...item, id: 'neighbor' };
    assert(
      property(anyMutationOf(item), (strange) => {
        const page = readBody<{ items: readonly unknown[]; unreadable: readonly { fields: readonly string[] }[] }>(
          request,
          200,
          pageOf(neighbor, strange ?? null, neighbor),
        );

        expect(page.items.length + page.unreadable.length).toBe(3);
        const intact = readBody<{ items: readonly unknown[] }>(request, 200, pageOf(neighbor)).items[0];
        expect(page.items.at(0)).toEqual(intact);
        expect(page.items.at(-1)).toEqual(intact);
        for (const { fields } of page.unreadable) expect(fields.join()).not.toMatch(/Invoice|Shop|billing|xxx/u);
      }),
      runs,
    );
  });

  it('are a page, or are refused as a whole', () => {
    const page = pageOf(message, gone);
    assert(
      property(anyMutationOf(page), (body) => {
        const read = readOrRefuse(delta, body);
        expect((read?.items.length ?? 0) + (read?.unreadable.length ?? 0)).toBeLessThanOrEqual(3);
      }),
      runs,
    );
  });

  it('are a message that can be recorded, or are refused', () => {
    assert(
      property(anyMutationOf(message), (body) => {
        const read = readOrRefuse(getMessage('m1'), body);
        expect(read === undefined ? undefined : snapshotOf(read).properties.folderId).toBe(read?.parentFolderId);
        readOrRefuse(getFolder('f1'), body);
      }),
      runs,
    );
  });

  it('fail at most the part of a batch that they are in, or the batch as a whole', async () => {
    const answer = {
      responses: ['1', '2', '3'].map((id) => ({ id, status: 200, headers: { 'Retry-After': '1' }, body: message })),
    };
    const { limiter } = { limiter: createMailboxLimiters().of('mailbox') };
    const places = pathsOf(answer).filter((path) => path.at(1) === '1');
    const cases = tuple(constantFrom(...places), odd);
    await assert(
      asyncProperty(cases, async ([path, replacement]) => {
        const body = mutated(answer, path, replacement);
        const client: GraphClient = {
          limiter,
          graphClock: createGraphClock(),
          send: async (request, _options, onAnswer) => {
            const read = readBody(request, 200, body);
            onAnswer?.(read);
            return read;
          },
        };

        const results = await sendBatch(client, ['m1', 'm2', 'm3'].map(getMessage), { signal });

        expect([results[0]?.ok, results[2]?.ok]).toEqual([true, true]);
        const errors = results.flatMap((result) => (result.ok ? [] : [result.error]));
        expect(errors.filter((error) => !(error instanceof GraphError))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('are notifications, or are counted as malformed', () => {
    const resourceData = { '@odata.type': '#microsoft.graph.message', id: 'm1' };
    const entry = { subscriptionId: 's', clientState: 'c', changeType: 'updated', resourceData };
    assert(
      property(anyMutationOf(entry), integer({ min: 0, max: 3 }), (strange, others) => {
        const { notifications, malformed } = readChangeNotifications([
          strange,
          ...Array.from({ length: others }, () => entry),
        ]);

        expect(notifications.length + malformed).toBe(others + 1);
        expect(notifications.length).toBeGreaterThanOrEqual(others);
      }),
      runs,
    );
  });
});
