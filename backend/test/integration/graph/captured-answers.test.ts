import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import { keysOf } from '../../../emulator/keys-of.ts';
import type { Person } from '../../../emulator/people.ts';
import { type CallGraph, graphAs, record } from '../../../emulator/testing/app-client.ts';
import { readBody } from '../../../src/graph/answer.ts';
import { errorOfAnswer } from '../../../src/graph/failures.ts';
import { foldersDelta, getFolder, listFolders } from '../../../src/graph/folders.ts';
import { getMessage, messagesDelta, moveMessage, patchMessage } from '../../../src/graph/messages.ts';
import { capturedShapes } from '../../factories/captured-shapes.ts';

/** Type of a property, or null; a list by its items, an object by its properties. */
type Shape = 'string' | 'number' | 'boolean' | 'null' | readonly Shape[] | ShapeFields;
interface ShapeFields {
  readonly [name: string]: Shape;
}

const captured: Readonly<Record<keyof typeof capturedShapes, Shape>> = capturedShapes;

function fieldsOf(shape: Shape | undefined): ShapeFields {
  if (typeof shape !== 'object' || isList(shape)) throw new Error('It is no object');
  return shape;
}

function isList(shape: Shape | undefined): shape is readonly Shape[] {
  return Array.isArray(shape);
}

function shapeOf(value: unknown): Shape {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, one]: [string, unknown]) => [name, shapeOf(one)]));
  }
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'string';
}

/** An answer of a shape. */
function answerOf(shape: Shape, name = ''): unknown {
  if (shape === 'null') return null;
  if (shape === 'number') return 1;
  if (shape === 'boolean') return true;
  if (shape === 'string') return name.endsWith('DateTime') ? '2026-07-18T16:07:57Z' : name;
  if (isList(shape)) return shape.map((item) => answerOf(item, name));
  return Object.fromEntries(Object.entries(shape).map(([key, one]: [string, Shape]) => [key, answerOf(one, key)]));
}

const page = { pageSize: 10 };
const requests = {
  message: getMessage('id'),
  draftPatched: patchMessage('id', { isRead: true }),
  draftMoved: moveMessage('id', 'archive'),
  firstRound: messagesDelta('inbox', page),
  readChange: messagesDelta('inbox', page),
  flagChange: messagesDelta('inbox', page),
  removal: messagesDelta('inbox', page),
  noChange: messagesDelta('inbox', page),
  folders: listFolders(),
  foldersFirstRound: foldersDelta(),
  wellKnownFolder: getFolder('archive'),
} as const;

describe('the client and answers of the real Graph', () => {
  it.each(keysOf(requests))('reads %s', (name) => {
    const read = readBody<unknown>(requests[name], 200, answerOf(captured[name]));

    expect(read).not.toHaveProperty('unreadable.0');
    expect(read).toEqual(expect.anything());
  });

  it('reads what a later round tells of a change of isRead alone as partial', () => {
    const { items } = readBody(messagesDelta('inbox', page), 200, answerOf(captured.readChange));

    const item = { '@odata.type': '@odata.type', id: 'id', isRead: true, parentFolderId: 'parentFolderId' };
    expect(items).toEqual([{ removed: false, item }]);
  });

  it('reads a removal', () => {
    expect(readBody(messagesDelta('inbox', page), 200, answerOf(captured.removal)).items).toEqual([
      { removed: true, id: 'id' },
    ]);
  });

  it('reads the code of a refusal', () => {
    const body = answerOf(captured.error);

    expect(errorOfAnswer(requests.message, { status: 400, body, header: () => undefined })).toMatchObject({
      status: 400,
      code: 'code',
    });
  });
});

/** Properties of a captured item that are metadata: the emulator serves no content. */
const selectOf = (item: Shape) =>
  Object.keys(record(item))
    .filter((name) => !name.startsWith('@') && name !== 'bodyPreview')
    .join(',');
const withoutPreview = (item: Shape): ShapeFields => {
  const { bodyPreview: _bodyPreview, ...rest } = fieldsOf(item);
  return rest;
};
const first = (shape: Shape): Shape => {
  const { value } = fieldsOf(shape);
  return isList(value) ? fieldsOf(value[0]) : 'null';
};
const comparable = (shape: Shape) => JSON.stringify(sorted(shape));

describe('the answers of the emulator', () => {
  let emulator: Emulator;
  let person: Person;
  let call: CallGraph;
  beforeAll(async () => {
    emulator = await startEmulator({ seed: 2 });
    person = emulator.people.add({ email: 'ada@contoso.example', name: 'Ada Lovelace' });
    call = await graphAs(emulator, 'ada@contoso.example');
  });
  afterAll(async () => {
    await emulator.close();
  });

  const asPage = async (path: string) => first(shapeOf((await call(path)).body));

  it('have the shape of captured ones: a message, and its state', async () => {
    const { id } = person.does.deliver({ from: 'x@y.example', subject: 'Hello' });
    for (const name of ['message', 'messageState'] as const) {
      const { body } = await call(`/me/messages/${id}?$select=${selectOf(captured[name])}`);

      expect(comparable(shapeOf(body))).toBe(comparable(emptied(withoutPreview(captured[name]), shapeOf(body))));
    }
  });

  it('have the shape of captured ones: a draft that is changed and moved, without a sender', async () => {
    const properties = {
      subject: 'A draft',
      toRecipients: [{ emailAddress: { name: 'Ada', address: 'a@b.example' } }],
    };
    const { body: draft } = await call('/me/messages', { method: 'POST', body: properties });
    const select = `${selectOf(captured.draftPatched)},from,sender`;
    const path = `/me/messages/${String(draft['id'])}`;

    const patched = await call(`${path}?$select=${select}`, { method: 'PATCH', body: { isRead: false } });
    const moved = await call(`${path}/move?$select=${select}`, { method: 'POST', body: { destinationId: 'archive' } });

    expect(comparable(shapeOf(patched.body))).toBe(comparable(withoutPreview(captured.draftPatched)));
    expect(comparable(shapeOf(moved.body))).toBe(comparable(withoutPreview(captured.draftMoved)));
  });

  it('have the shape of captured ones: later rounds of delta', async () => {
    const { id } = person.does.deliver({ from: 'x@y.example', folder: 'junkemail' });
    const select = selectOf(first(captured.flagChange));
    const begun = await call(`/me/mailFolders/junkemail/messages/delta?$select=${select}`);
    person.does.markRead(id);
    const read = await call(String(begun.body['@odata.deltaLink']));
    person.does.flag(id);
    const flagged = await call(String(read.body['@odata.deltaLink']));
    person.does.delete(id);
    const removed = await call(String(flagged.body['@odata.deltaLink']));

    expect(comparable(shapeOf(read.body))).toBe(comparable(captured.readChange));
    expect(comparable(shapeOf(flagged.body))).toBe(comparable(captured.flagChange));
    expect(comparable(shapeOf(removed.body))).toBe(comparable(captured.removal));
  });

  it('have the shape of captured ones: folders, the account, and refusals', async () => {
    const refusal = await call('/me/mailFolders/inbox?$select=wellKnownName');
    const folder = await call('/me/mailFolders/archive?$select=id,displayName');

    expect(comparable(await asPage('/me/mailFolders'))).toBe(comparable(first(captured.folders)));
    expect(comparable(await asPage('/me/mailFolders/delta'))).toBe(comparable(first(captured.foldersFirstRound)));
    expect(comparable(shapeOf(folder.body))).toBe(comparable(captured.wellKnownFolder));
    expect(comparable(shapeOf(refusal.body))).toBe(comparable(captured.error));
    expect(Object.keys((await call('/me')).body).toSorted()).toEqual(Object.keys(record(captured.me)).toSorted());
  });
});

/** Lists that were seen empty say nothing of their items: where one of both is empty, so is the other. */
function emptied(shape: ShapeFields, other: Shape): Shape {
  const others = fieldsOf(other);
  return Object.fromEntries(
    Object.entries(shape).map(([name, one]: [string, Shape]) => [name, isEmptyList(others[name]) ? [] : one]),
  );
}

function isEmptyList(shape: unknown): boolean {
  return Array.isArray(shape) && shape.length === 0;
}

function sorted(shape: Shape): Shape {
  if (typeof shape === 'string') return shape;
  if (isList(shape)) return shape.map((item) => sorted(item));
  const entries = Object.entries(shape).map(([name, one]: [string, Shape]) => [name, sorted(one)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => a.localeCompare(b)));
}
